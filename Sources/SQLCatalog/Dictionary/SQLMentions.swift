/// The tables, views and functions of the engine that the text of an SQL file names.
///
/// Found by the words before a qualified name, which is enough for statements in the house style: every name
/// has its schema, and what is read stands behind `from`, `join` or `using`. In a file that makes a
/// function quoted text counts too, since dynamic statements stand in quotes there.
struct SQLMentions: Hashable {
    /// Relations that are read.
    private(set) var reads: Set<String> = []
    /// Relations that rows are added to, changed in or removed from, and temporary ones that are made.
    private(set) var writes: Set<String> = []
    /// Functions that are called.
    private(set) var calls: Set<String> = []

    init(of text: String) {
        let makesFunction = text.contains("$function$")
        let words = Self.words(Self.bare(text, keepingQuotes: makesFunction))
        var index = 0
        while index < words.count {
            let word = words[index]
            defer { index += 1 }
            guard Self.isQualified(word) else { continue }
            let before = words[..<index].suffix(8).filter { $0 != "only" && $0 != "lateral" }
            if Self.isTarget(before) {
                writes.insert(word)
            } else if index + 1 < words.count, words[index + 1] == "(" {
                // What a file makes, comments on and grants is none of what it calls.
                if !["function", "aggregate"].contains(before.last) { calls.insert(word) }
            } else if let last = before.last, ["from", "join", "using"].contains(last) {
                reads.insert(word)
            }
        }
    }

    private static let schemas: Set<String> = [
        "source", "feature", "model", "ann", "serving", "monitor", "experiment", "ops", "pg_temp",
    ]

    private static func isQualified(_ word: String) -> Bool {
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && schemas.contains(String(parts[0])) && !parts[1].isEmpty
    }

    /// Whether the words before a name make it the target of a change.
    private static func isTarget(_ words: [String]) -> Bool {
        let endings = [
            ["insert", "into"], ["update"], ["delete", "from"], ["truncate"],
            ["truncate", "table"],
            ["create", "temporary", "table"],
            ["create", "temporary", "table", "if", "not", "exists"],
            ["drop", "table"], ["drop", "table", "if", "exists"],
        ]
        return endings.contains { words.ends(with: $0) }
    }

    /// Names with their schemas, other words, and single signs, in lower case.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        func isPart(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || character == "_" || character == "."
        }
        for character in text.lowercased() {
            if isPart(character) {
                word.append(character)
            } else {
                if !word.isEmpty { words.append(word) }
                word = ""
                if !character.isWhitespace { words.append(String(character)) }
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    /// The text without comments and, unless they are kept, without what stands in single quotes.
    private static func bare(_ text: String, keepingQuotes: Bool) -> String {
        var bare = ""
        var rest = Substring(text)
        while let character = rest.first {
            if rest.hasPrefix("--") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*") {
                rest = rest.firstRange(of: "*/").map { rest[$0.upperBound...] } ?? ""
            } else if character == "'", !keepingQuotes {
                rest = rest.dropFirst().drop { $0 != "'" }.dropFirst()
                bare += "''"
            } else {
                bare.append(character)
                rest = rest.dropFirst()
            }
        }
        return bare
    }
}

extension [String] {
    fileprivate func ends(with ending: [String]) -> Bool { suffix(ending.count) == ending[...] }
}

extension SQLHeader {
    /// The qualified names in a field, such as `Reads`; what is no such name, `the system catalogue`, is left
    /// out.
    func names(in field: String) -> Set<String> {
        Set(
            (fields[field] ?? "").split { $0 == "," || $0 == " " }.map(String.init)
                .filter { $0.contains(".") && !$0.contains("…") && !$0.hasSuffix(".") })
    }
}
