/// Cuts the text of an SQL file into statements and finds its psql variables.
///
/// Knows strings, quoted names, dollar quotes and comments, as in chapter 4.1 of the PostgreSQL
/// manual, so that neither a semicolon nor a `:'name'` inside one of them counts.
struct SQLLexer {
    /// One statement: `:'name'` has become `$1`, `$2`, … in the order in which names first appear.
    struct Statement: Hashable {
        var text: String
        var parameters: [String]
        /// The line of the file at which the text begins, counted from one.
        var line: Int
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    static func statements(of text: String) throws -> [Statement] {
        var lexer = SQLLexer(text)
        return try lexer.allStatements()
    }

    private mutating func allStatements() throws -> [Statement] {
        var found: [Statement] = []
        while let statement = try nextStatement() { found.append(statement) }
        return found
    }

    /// The next statement with anything but comments in it; nil at the end.
    private mutating func nextStatement() throws -> Statement? {
        var output: [UInt8] = []
        var parameters: [String] = []
        var hasContent = false
        while position < bytes.count, bytes[position] <= UInt8(ascii: " ") { position += 1 }
        let line = line
        scan: while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: ";"):
                position += 1
                if hasContent { break scan }
                output.append(UInt8(ascii: " "))
            case UInt8(ascii: "'"):
                let backslashes =
                    position > 0 && (bytes[position - 1] | 0x20) == UInt8(ascii: "e")
                    && (position < 2 || !isNamePart(bytes[position - 2]))
                copy(try quoted(by: byte, backslashes: backslashes), to: &output)
                hasContent = true
            case UInt8(ascii: "\""):
                copy(try quoted(by: byte, backslashes: false), to: &output)
                hasContent = true
            case UInt8(ascii: "-") where next == UInt8(ascii: "-"):
                copy(lineComment(), to: &output)
            case UInt8(ascii: "/") where next == UInt8(ascii: "*"):
                copy(try blockComment(), to: &output)
            case UInt8(ascii: "$"):
                copy(try dollarQuoted(), to: &output)
                hasContent = true
            case UInt8(ascii: ":") where next == UInt8(ascii: ":"):
                copy(position..<position + 2, to: &output)
            case UInt8(ascii: ":") where next == UInt8(ascii: "'"):
                let name = try variable()
                let index = parameters.firstIndex(of: name) ?? parameters.count
                if index == parameters.count { parameters.append(name) }
                output.append(contentsOf: "$\(index + 1)".utf8)
                hasContent = true
            default:
                if byte > UInt8(ascii: " ") { hasContent = true }
                output.append(byte)
                position += 1
            }
        }
        guard hasContent else { return nil }
        return Statement(
            text: String(decoding: output, as: UTF8.self), parameters: parameters, line: line)
    }

    private let newline = UInt8(ascii: "\n")

    private var next: UInt8? {
        position + 1 < bytes.count ? bytes[position + 1] : nil
    }

    private func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private mutating func copy(_ range: Range<Int>, to output: inout [UInt8]) {
        output.append(contentsOf: bytes[range])
        position = range.upperBound
    }

    private func quoted(by quote: UInt8, backslashes: Bool) throws -> Range<Int> {
        var end = position + 1
        while end < bytes.count {
            if backslashes, bytes[end] == UInt8(ascii: "\\") {
                end += 2
            } else if bytes[end] == quote {
                if end + 1 < bytes.count, bytes[end + 1] == quote {
                    end += 2
                } else {
                    return position..<end + 1
                }
            } else {
                end += 1
            }
        }
        throw unterminated("quoted text")
    }

    private func lineComment() -> Range<Int> {
        position..<(bytes[position...].firstIndex(of: newline) ?? bytes.count)
    }

    /// Block comments nest in PostgreSQL.
    private func blockComment() throws -> Range<Int> {
        var depth = 0
        var end = position
        while end + 1 < bytes.count {
            switch (bytes[end], bytes[end + 1]) {
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                depth += 1
                end += 2
            case (UInt8(ascii: "*"), UInt8(ascii: "/")):
                depth -= 1
                end += 2
                if depth == 0 { return position..<end }
            default: end += 1
            }
        }
        throw unterminated("comment")
    }

    /// `$tag$ … $tag$`, or a lone dollar sign where that is no tag.
    private func dollarQuoted() throws -> Range<Int> {
        var tagEnd = position + 1
        while tagEnd < bytes.count, isNamePart(bytes[tagEnd]) { tagEnd += 1 }
        let isPartOfName = position > 0 && isNamePart(bytes[position - 1])
        guard !isPartOfName, tagEnd < bytes.count, bytes[tagEnd] == UInt8(ascii: "$") else {
            return position..<position + 1
        }
        let tag = bytes[position...tagEnd]
        var end = tagEnd + 1
        while end + tag.count <= bytes.count {
            if bytes[end..<end + tag.count].elementsEqual(tag) {
                return position..<end + tag.count
            }
            end += 1
        }
        throw unterminated("dollar-quoted text")
    }

    private mutating func variable() throws -> String {
        var end = position + 2
        while end < bytes.count, isNamePart(bytes[end]) { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "'"), end > position + 2 else {
            throw CatalogError("line \(line): expected :'name'")
        }
        let name = String(decoding: bytes[position + 2..<end], as: UTF8.self)
        position = end + 1
        return name
    }

    private var line: Int {
        bytes[..<position].count { $0 == newline } + 1
    }

    private func unterminated(_ what: String) -> CatalogError {
        CatalogError("line \(line): \(what) does not end")
    }
}
