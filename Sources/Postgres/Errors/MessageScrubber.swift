/// Takes values out of the server's messages.
///
/// Most messages name objects only. Those of class 22 (data exception) quote the offending value:
/// `invalid input syntax for type integer: "abc"`, `value "9999999999" is out of range for type
/// integer`, `date field value out of range: 2020-13-01`. There, what follows the colon, quoted
/// text that is not a name, and bare numbers are taken out. In any other message the bound
/// arguments are.
enum MessageScrubber {
    static let mark = "…"

    static func scrub(_ message: String, state: SQLState?, arguments: [String]) -> String {
        var text = message
        if let state, state.errorClass == "22", !namesOnly.contains(state.rawValue) {
            text = scrubDataException(text)
        }
        for argument in arguments where argument.count >= 3 {
            text = replaceOccurrences(of: argument, in: text)
        }
        return text
    }

    /// States of class 22 that speak of the statement or the protocol, not of a value:
    /// null not allowed, regular expressions, bad COPY and binary formats, too long a string.
    private static let namesOnly: Set<String> = [
        "22004", "2201B", "22P03", "22P04", "22001", "22012",
    ]

    /// Words that come before a quoted name.
    private static let nouns: Set<Substring> = [
        "encoding", "column", "parameter", "relation", "table", "type", "function", "constraint",
        "sequence", "domain", "enum", "unit", "units", "extension",
    ]

    private static func scrubDataException(_ message: String) -> String {
        let head: Substring
        if let colon = message.firstRange(of: ": ") {
            head = message[..<colon.lowerBound]
        } else {
            head = message[...]
        }
        return scrubQuotes(head).split(separator: " ", omittingEmptySubsequences: false)
            .map { isNumber($0) ? mark : String($0) }
            .joined(separator: " ")
    }

    private static func scrubQuotes(_ text: Substring) -> String {
        var output = ""
        var rest = text
        while let open = rest.firstIndex(of: "\"") {
            let before = rest[..<open]
            let after = rest[rest.index(after: open)...]
            let noun = before.split(separator: " ").last ?? ""
            // A value may hold quotes itself: the last quote closes it. A name ends at the next.
            guard nouns.contains(noun) else {
                let close = after.lastIndex(of: "\"") ?? after.endIndex
                let tail = close < after.endIndex ? after[after.index(after: close)...] : ""
                return output + before + mark + tail
            }
            guard let close = after.firstIndex(of: "\"") else { return output + before + mark }
            output += before + "\"" + after[...close]
            rest = after[after.index(after: close)...]
        }
        return output + rest
    }

    private static func isNumber(_ word: Substring) -> Bool {
        let trimmed = word.drop { $0 == "-" || $0 == "+" }
        if trimmed.hasPrefix("0x") { return true }
        return trimmed.first?.isNumber == true
    }

    private static func replaceOccurrences(of argument: String, in text: String) -> String {
        text.split(separator: argument, omittingEmptySubsequences: false).joined(separator: mark)
    }
}
