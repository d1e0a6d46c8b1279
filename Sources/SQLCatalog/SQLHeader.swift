/// What the comment at the head of an SQL file says of it.
///
///     -- Catalogue coverage: share of active items that reached at least one user.
///     --
///     -- Grain   one row per publication
///     -- Reads   serving.publications, serving.recommendations
public struct SQLHeader: Hashable, Sendable {
    /// The text before the first field, on one line.
    public var summary: String
    /// `Grain`, `Reads`, `Writes`, `Params`, `Output`, `Note`, `Source`; of a check `Check`, `Owner`,
    /// `Action`, `Settings`; of a section of the report `Title`, `Question`, `Chart`, `Columns`, `Unit`,
    /// `Empty`.
    public var fields: [String: String]

    /// The words a field may begin with.
    static let names: Set<String> = [
        "Grain", "Reads", "Writes", "Params", "Output", "Check", "Note", "Source", "Reports",
        "Owner", "Action", "Settings", "Title", "Question", "Chart", "Columns", "Unit",
        "Empty",
    ]

    init(of text: String) {
        var summary: [String] = []
        var fields: [String: String] = [:]
        var current: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("--") else { break }
            let content = line.dropFirst(2)
            let words = content.split(separator: " ", maxSplits: 1)
            if let first = words.first.map(String.init), Self.names.contains(first) {
                current = first
                fields[first] = words.count > 1 ? words[1].trimmed : ""
            } else if let name = current {
                fields[name] = [fields[name] ?? "", content.trimmed]
                    .filter { !$0.isEmpty }.joined(separator: " ")
            } else {
                summary.append(content.trimmed)
            }
        }
        self.summary = summary.filter { !$0.isEmpty }.joined(separator: " ")
        self.fields = fields
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
