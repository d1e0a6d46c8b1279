import DelimitedText
import Testing

@testable import Ingest

@Suite struct DelimiterGuessTests {
    @Test(arguments: [
        ("user_id;c;s", ",", "\";\""), ("user_id\tc", ",", "tab"), ("user_id|c", ",", "\"|\""),
        ("user_id,c", ";", "\",\""), ("a;b\tc", ",", "tab"),
    ])
    func `a header of one field names its delimiter`(
        _ header: String, _ delimiter: Character, _ expected: String
    ) {
        let format = DelimitedFormat(delimiter: delimiter.asciiValue ?? 0)
        #expect(DelimiterGuess(header: [header], format: format)?.name == expected)
    }

    @Test(arguments: [["user_id"], ["user;id", "c"], [], ["a,b"]])
    func `other headers name none`(_ header: [String]) {
        #expect(DelimiterGuess(header: header, format: DelimitedFormat()) == nil)
    }

    @Test(arguments: [("user_id;s\n1;t\n", "\";\""), ("user_id\ts\n1\tt\n", "tab")])
    func `an import says which delimiter it needs`(_ text: String, _ name: String) throws {
        try ImportWorld.with { world in
            let path = try world.file("a.csv", text)
            let hint =
                "The header is a single field; use a mapping file that says delimiter: \(name)."
            let unmapped = #expect(throws: ImportError.self) {
                try world.importer.run(
                    ImportRequest(source: .files([path]), rows: .namedAsIn(.users)))
            }
            #expect(unmapped?.hint == hint)
            let yaml = "target: users\nuser_id: user_id\nattributes: {text: [s]}\n"
            let mapped = #expect(throws: ImportError.self) { try world.load(yaml, path) }
            #expect(mapped?.hint == hint)
            #expect(try world.load(yaml + "delimiter: \(name)\n", path).loadedCount == 1)
        }
    }

    @Test func `a column that is misspelt keeps its own hint`() throws {
        try ImportWorld.with { world in
            let path = try world.file("a.csv", "user_ids\n1\n")
            let error = #expect(throws: ImportError.self) {
                try world.importer.run(
                    ImportRequest(source: .files([path]), rows: .namedAsIn(.users)))
            }
            #expect(error?.hint == "Rename the column \"user_ids\", or use a mapping file.")
        }
    }
}
