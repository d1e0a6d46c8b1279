/// Which step or command reads and writes each table: from the headers of the SQL files, and from the list of
/// tables that Swift fills by COPY.
public struct Lineage: Sendable {
    /// Steps and commands that write a relation, by `schema.name`, sorted.
    public private(set) var writers: [String: [String]] = [:]
    /// Steps, commands, views and functions that read it, sorted.
    public private(set) var readers: [String: [String]] = [:]

    /// Tables that are filled by COPY, which no SQL file says, and the steps and commands that do: the one
    /// place that lists them. A test holds it against the calls.
    public static let copies: [String: [String]] = [
        "ann.codebooks": ["index"],
        "ann.list_entries": ["index"],
        "ann.lists": ["index"],
        "ann.recall": ["index", "retrieve"],
        "model.calibrations": ["train"],
        "model.item_vectors": ["embed"],
        "model.user_metrics": ["evaluate"],
        "model.user_vectors": ["embed"],
        "serving.candidate_fates": ["rank"],
        "serving.candidate_lists": ["retrieve"],
        "serving.funnel_counts": ["rank"],
        "serving.ranked_lists": ["rank"],
        "serving.recommendation_lists": ["rank"],
        "serving.similar_item_lists": ["retrieve"],
        "source.rejected_rows": ["import"],
    ]

    /// Reads the headers of all files.
    ///
    /// - Throws: ``CatalogError`` for a file that cannot be read.
    public init(of catalog: SQLCatalog) throws {
        var writers = Self.copies.mapValues(Set.init)
        var readers: [String: Set<String>] = [:]
        for name in try catalog.names() {
            let header = try catalog.script(name).header
            let user = Self.user(of: name)
            for table in header.names(in: "Writes") { writers[table, default: []].insert(user) }
            for table in header.names(in: "Reads") { readers[table, default: []].insert(user) }
        }
        self.writers = writers.mapValues { $0.sorted() }
        self.readers = readers.mapValues { $0.sorted() }
    }

    /// The step or command that runs a file, which is its folder; or the view or function that it makes.
    private static func user(of script: String) -> String {
        let parts = script.split(separator: "/").map(String.init)
        return switch parts[0] {
        case "views": "view \(parts[1])"
        case "functions": "function \(parts[1])"
        default: parts[0]
        }
    }

    /// What the header of a file says otherwise than its statements do, each a line that says what to
    /// write; empty when it is right.
    ///
    /// Relations that are named must be exactly those read and written. Functions that are called may be
    /// named under `Reads`, and no others.
    public static func faults(of script: SQLScript) -> [String] {
        let mentions = SQLMentions(of: script.texts.joined(separator: ";\n"))
        let (reads, writes) = (script.header.names(in: "Reads"), script.header.names(in: "Writes"))
        func line(_ verb: String, _ names: Set<String>) -> [String] {
            names.isEmpty ? [] : ["\(verb) \(names.sorted().joined(separator: ", "))"]
        }
        return line("Reads lacks", mentions.reads.subtracting(reads))
            + line(
                "Reads names needlessly", reads.subtracting(mentions.reads.union(mentions.calls)))
            + line("Writes lacks", mentions.writes.subtracting(writes))
            + line("Writes names needlessly", writes.subtracting(mentions.writes))
    }
}
