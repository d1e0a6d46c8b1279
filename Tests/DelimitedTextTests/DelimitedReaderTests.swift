import DelimitedText
import Testing

/// A record as a value, with `!` and the fault where there is one.
private func shown(_ record: Record) -> String {
    if let fault = record.fault { return "\(record.line)!\(fault.rawValue)" }
    let fields = (0..<record.fieldCount).map { record.text($0) }
    return "\(record.line):" + fields.joined(separator: "|")
}

/// Reads bytes that arrive in chunks of a given size.
private func read(
    _ bytes: [UInt8], format: DelimitedFormat = DelimitedFormat(hasHeader: false),
    columnCount: Int? = nil, chunk: Int = .max, header: inout [String]
) throws -> [String] {
    var names: [String] = []
    var records: [String] = []
    let stream = ByteStream(name: "test") { body in
        var start = 0
        while start < bytes.count {
            let end = start + Swift.min(chunk, bytes.count - start)
            try bytes[start..<end].withUnsafeBytes { try body($0) }
            start = end
        }
    }
    try stream.forEachRecord(
        format: format, columnCount: columnCount, header: { names = $0 },
        { records.append(shown($0)) })
    header = names
    return records
}

private func read(
    _ text: String, format: DelimitedFormat = DelimitedFormat(hasHeader: false),
    columnCount: Int? = nil, chunk: Int = .max
) throws -> [String] {
    var header: [String] = []
    return try read(
        Array(text.utf8), format: format, columnCount: columnCount, chunk: chunk, header: &header)
}

@Suite struct DelimitedReaderTests {
    @Test(arguments: [
        ("a,b\nc,d\n", ["1:a|b", "2:c|d"]),
        ("a,b\r\nc,d\r\n", ["1:a|b", "2:c|d"]),
        ("a,b\nc,d", ["1:a|b", "2:c|d"]),
        ("a,b\r", ["1:a|b"]),
        ("a,\n,b\n,\n", ["1:a|", "2:|b", "3:|"]),
        ("\n\na,b\n\r\nc,d\n", ["3:a|b", "5:c|d"]),
        ("\u{FEFF}a,b\n", ["1:a|b"]),
        ("", []), ("\n", []),
        ("\"a,b\",c\n", ["1:a,b|c"]),
        ("\"a\nb\",c\nd,e\n", ["1:a\nb|c", "3:d|e"]),
        ("\"a\"\"b\",\"\"\"\"\n", ["1:a\"b|\""]),
        ("\"\",\"\"\n", ["1:|"]),
        ("\"a\",\"b\"\r\n\"c\",\"d\"", ["1:a|b", "2:c|d"]),
        ("a\"b,c\"\n", ["1:a\"b|c\""]),
        (" \"a\",b\n", ["1: \"a\"|b"]),
        ("ä,€\n😀,z\n", ["1:ä|€", "2:😀|z"]),
        ("a\rb,c\n", ["1:a\rb|c"]),
    ])
    func textIsCutAsRFC4180Says(_ text: String, _ expected: [String]) throws {
        #expect(try read(text) == expected)
    }

    @Test(arguments: [
        ("a,b\nc\nd,e\n", ["1:a|b", "2!too_few_columns", "3:d|e"]),
        ("a,b\nc,d,e\nf,g\n", ["1:a|b", "2!too_many_columns", "3:f|g"]),
        ("a,b\nc\0,d\ne,f\n", ["1:a|b", "2!nul_byte", "3:e|f"]),
        ("a,b\n\"c\"d,e\nf,g\n", ["1:a|b", "2!malformed_quote", "3:f|g"]),
        ("a,b\n\"c\nd\"x,e\nf,g\n", ["1:a|b", "2!malformed_quote", "3:d\"x|e", "4:f|g"]),
        ("a,b\n\"c,d\ne,f\ng,h\n", ["1:a|b", "2!unterminated_quote", "3:e|f", "4:g|h"]),
        ("a,b\n\"c,d", ["1:a|b", "2!unterminated_quote"]),
    ])
    func aFaultCostsOneRecord(_ text: String, _ expected: [String]) throws {
        #expect(try read(text, columnCount: 2) == expected)
    }

    @Test(arguments: [
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
        [0xF0, 0x80, 0x80, 0x80],
    ])
    func bytesThatAreNotUTF8AreAFault(_ bad: [UInt8]) throws {
        var header: [String] = []
        let bytes = Array("a,b\nxxxxxxxxxxxx".utf8) + bad + Array(",d\ne,f\n".utf8)
        let records = try read(bytes, header: &header)
        #expect(records == ["1:a|b", "2!bad_encoding", "3:e|f"])
    }

    @Test func aRecordLongerThanAllowedIsAFaultAndReadingGoesOn() throws {
        let format = DelimitedFormat(hasHeader: false, maximumRecordLength: 8)
        let text =
            "1234,678\n12345,789\na,b\n\"2345678\n9\",c\nd,e\n"
            + String(repeating: "x", count: 200_000)
        let expected = [
            "1:1234|678", "2!record_too_long", "3:a|b", "4!record_too_long", "5!malformed_quote",
            "6:d|e", "7!record_too_long",
        ]
        // The second line of the quoted record is read on its own, and begins with 9".
        let found = try read(text, format: format, columnCount: 2)
        #expect(found == expected.map { $0 == "5!malformed_quote" ? "5:9\"|c" : $0 })
    }

    @Test(arguments: [1, 2, 3, 7, 64])
    func theCutOfTheChunksDoesNotMatter(_ chunk: Int) throws {
        let format = DelimitedFormat(hasHeader: false, maximumRecordLength: 30)
        var text = "\u{FEFF}a,b\r\n\"c\r\nc\",\"d\"\"d\"\r\n\r\ne,\"f\"x\n\"open,g\nh,i,j\n"
        text += String(repeating: "long", count: 20) + ",k\nl,\"m\"\r\n\"\"\"\",\"n\n\nn\"\n\"last"
        let whole = try read(text, format: format, columnCount: 2)
        #expect(whole.count == 9)
        // Repeated until it is larger than what the reader collects before it cuts.
        let many = String(repeating: text + "\n", count: 800)
        #expect(try read(text, format: format, columnCount: 2, chunk: chunk) == whole)
        #expect(
            try read(many, format: format, columnCount: 2, chunk: 1_000 + chunk)
                == read(many, format: format, columnCount: 2))
    }

    @Test func recordsLargerThanAChunkAreReadWhole() throws {
        let long = String(repeating: "line\n", count: 60_000)
        let records = try read("a,\"\(long)\"\nb,c\n", chunk: 10_000)
        #expect(records == ["1:a|\(long)", "60002:b|c"])
    }

    @Test func theHeaderGivesNamesAndTheNumberOfColumns() throws {
        var header: [String] = []
        let records = try read(
            Array("id,\"full name\"\n1,x\n2\n".utf8), format: DelimitedFormat(), header: &header)
        #expect(header == ["id", "full name"])
        #expect(records == ["2:1|x", "3!too_few_columns"])
    }

    @Test(arguments: [
        "", "\n\n", "a,a\n1,2\n", "\"a\n", "a\0,b\n", "\u{FEFF}",
    ])
    func aHeaderThatCannotBeReadEndsTheReading(_ text: String) {
        let error = #expect(throws: DelimitedTextError.self) {
            var header: [String] = []
            _ = try read(Array(text.utf8), format: DelimitedFormat(), header: &header)
        }
        #expect(error?.code == .badHeader)
    }

    @Test func delimiterAndQuoteMayBeOthers() throws {
        let format = DelimitedFormat(
            delimiter: UInt8(ascii: "\t"), quote: UInt8(ascii: "'"), hasHeader: false)
        #expect(try read("a,b\t'c\td'\n", format: format) == ["1:a,b|c\td"])
    }

    @Test func manyColumnsAreKept() throws {
        let names = (0..<500).map { "\($0)" }
        #expect(try read(names.joined(separator: ",")) == ["1:" + names.joined(separator: "|")])
    }

    @Test func doubledQuotesInSeveralFieldsStayApart() throws {
        let field = String(repeating: "x\"\"", count: 3_000)
        let plain = String(repeating: "x\"", count: 3_000)
        let line = "\"\(field)\",\"\(field)1\",\"\(field)2\"\n"
        #expect(try read(line) == ["1:\(plain)|\(plain)1|\(plain)2"])
    }

    @Test func theRawTextOfARecordHidesNothing() throws {
        let bytes = Array("ok,é\n".utf8) + [0x61, 0xFF, 0x2C, 0x00, 0x09, 0x7F, 0x0A]
        var raw: [String] = []
        let reader = DelimitedReader(format: DelimitedFormat(hasHeader: false))
        try bytes.withUnsafeBytes { try reader.feed($0) { raw.append($0.escapedText()) } }
        try reader.finish { raw.append($0.escapedText()) }
        #expect(raw == ["ok,é", "a\\xFF,\\x00\t\\x7F"])
    }

    @Test func theRawTextIsCut() throws {
        var raw = ""
        let reader = DelimitedReader(format: DelimitedFormat(hasHeader: false))
        try Array(String(repeating: "é", count: 5_000).utf8).withUnsafeBytes {
            try reader.feed($0) { _ in }
        }
        try reader.finish { raw = $0.escapedText() }
        #expect(raw == String(repeating: "é", count: 1_000))
    }
}
