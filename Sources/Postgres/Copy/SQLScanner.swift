/// Finds the arguments `$1`, `$2`, … of a statement, passing over strings, quoted names, dollar
/// quotes and comments (PostgreSQL manual, 4.1).
struct SQLScanner {
    private let text: [UInt8]
    private var position = 0

    init(_ text: String) {
        self.text = Array(text.utf8)
    }

    /// Replaces every argument by what `replacement` returns for its number.
    mutating func replacingArguments(_ replacement: (Int) throws -> String) rethrows -> String {
        var output: [UInt8] = []
        position = 0
        while position < text.count {
            let start = position
            if let number = scanArgument() {
                output += Array(try replacement(number).utf8)
            } else {
                skipToken()
                output += text[start..<position]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private func byte(at offset: Int) -> UInt8? {
        offset < text.count ? text[offset] : nil
    }

    /// Letters, digits, underscores, and every byte of a character beyond ASCII.
    private func isWord(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        let character = Unicode.Scalar(byte)
        return isDigit(byte) || character == "_" || byte >= 0x80
            || ("a"..."z").contains(character) || ("A"..."Z").contains(character)
    }

    private func isDigit(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return ("0"..."9").contains(Unicode.Scalar(byte))
    }

    private mutating func scanArgument() -> Int? {
        guard byte(at: position) == UInt8(ascii: "$"), isDigit(byte(at: position + 1)) else {
            return nil
        }
        var end = position + 1
        while isDigit(byte(at: end)) { end += 1 }
        let digits = String(decoding: text[(position + 1)..<end], as: UTF8.self)
        position = end
        return Int(digits) ?? 0
    }

    private mutating func skipToken() {
        switch byte(at: position)! {
        case UInt8(ascii: "'"):
            skipQuoted(by: UInt8(ascii: "'"), escapes: false)
        case UInt8(ascii: "\""):
            skipQuoted(by: UInt8(ascii: "\""), escapes: false)
        case UInt8(ascii: "-") where byte(at: position + 1) == UInt8(ascii: "-"):
            while let next = byte(at: position), next != UInt8(ascii: "\n") { position += 1 }
        case UInt8(ascii: "/") where byte(at: position + 1) == UInt8(ascii: "*"):
            skipComment()
        case UInt8(ascii: "$"):
            skipDollarQuote()
        case let first where isWord(first):
            skipWord()
        default:
            position += 1
        }
    }

    /// A word, and the string behind it when the word is the `E` of an escape string. A `$` inside
    /// a word belongs to it.
    private mutating func skipWord() {
        let start = position
        while isWord(byte(at: position)) || byte(at: position) == UInt8(ascii: "$") {
            position += 1
        }
        let isEscape =
            position == start + 1
            && (text[start] == UInt8(ascii: "e") || text[start] == UInt8(ascii: "E"))
        if isEscape, byte(at: position) == UInt8(ascii: "'") {
            skipQuoted(by: UInt8(ascii: "'"), escapes: true)
        }
    }

    /// A doubled quote reads as two strings side by side, which comes to the same.
    private mutating func skipQuoted(by quote: UInt8, escapes: Bool) {
        position += 1
        while let next = byte(at: position), next != quote {
            position += escapes && next == UInt8(ascii: "\\") ? 2 : 1
        }
        position = min(position + 1, text.count)
        if escapes, byte(at: position) == quote { skipQuoted(by: quote, escapes: true) }
    }

    private mutating func skipComment() {
        var depth = 0
        repeat {
            if byte(at: position) == UInt8(ascii: "/"), byte(at: position + 1) == UInt8(ascii: "*")
            {
                depth += 1
                position += 2
            } else if byte(at: position) == UInt8(ascii: "*"),
                byte(at: position + 1) == UInt8(ascii: "/")
            {
                depth -= 1
                position += 2
            } else {
                position += 1
            }
        } while depth > 0 && position < text.count
        position = min(position, text.count)
    }

    private mutating func skipDollarQuote() {
        var end = position + 1
        while isWord(byte(at: end)) { end += 1 }
        guard byte(at: end) == UInt8(ascii: "$") else {
            position += 1
            return
        }
        let tag = text[position...end]
        position = end + 1
        while position < text.count, !text[position...].starts(with: tag) { position += 1 }
        position = min(position + tag.count, text.count)
    }
}

extension Query {
    /// The same statement with its arguments as literals, for COPY, which takes none.
    func withLiterals() throws -> Query {
        guard !binds.isEmpty else { return self }
        var scanner = SQLScanner(text)
        let rewritten = try scanner.replacingArguments { number in
            guard number >= 1, number <= binds.count else {
                var error = PostgresError(
                    .server("42P02"), "there is no parameter $\(number)")
                error.attach(self, position: nil)
                throw error
            }
            return binds[number - 1].literal
        }
        var query = Query(text: rewritten, file: file, line: line)
        query.literals = binds.map(\.text)
        return query
    }
}
