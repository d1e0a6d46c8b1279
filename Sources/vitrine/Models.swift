import ArgumentParser
import Postgres
import SQLCatalog

/// `vitrine models`
struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the models, which of them is champion, and how good each is.",
        discussion: """
            A model is named by the one that serves; its quality is that of the evaluation model of the \
            same run. The champion makes the recommendations. A challenger never was champion, a \
            retired model was, or its bytes are no longer kept.
            """)

    @Option(help: ArgumentHelp("How many models, newest first.", valueName: "count"))
    var last = 20

    @Flag(help: "Show who was champion, from when until when, and why, instead.")
    var champions = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard (1...10_000).contains(last) else {
            throw ValidationError("--last must lie between 1 and 10000")
        }
    }

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "models")
        if champions {
            try printChampions(connection, catalog)
        } else {
            try printModels(connection, catalog)
        }
    }

    private func printModels(_ connection: Connection, _ catalog: SQLCatalog) throws {
        let models = try connection.query(
            try catalog.script("models/list").query(["row_limit": Bind(Int32(last))]),
            as: (
                Int64, Int64, PostgresDate, String, Double?, Int32?, Double?, Int32?, Int64?,
                String?,
                String?
            ).self)
        guard !models.isEmpty else { return print("no models yet") }
        var table = TextTable(["model", "run", "as of", "state", "recall", "nDCG", "MB", "gate"])
        for (model, run, date, state, recall, recallAt, ndcg, ndcgAt, bytes, outcome, _) in models {
            table.append([
                "\(model)", "\(run)", "\(date)", state, Self.figure(recall, at: recallAt),
                Self.figure(ndcg, at: ndcgAt),
                bytes.map { Format.fixed(Double($0) / 1_048_576, 1) } ?? "-",
                outcome ?? "-",
            ])
        }
        print(table)
        if case (let model, _, _, _, _, _, _, _, _, let outcome?, let reason?) = models[0] {
            print("\nmodel \(model), \(outcome): \(reason)")
        }
    }

    private func printChampions(_ connection: Connection, _ catalog: SQLCatalog) throws {
        let champions = try connection.query(
            try catalog.script("models/champions").query(["row_limit": Bind(Int32(last))]),
            as: (Int64, Timestamp, Timestamp?, String, String, String).self)
        guard !champions.isEmpty else { return print("no champion yet") }
        var table = TextTable(["model", "from", "until", "by", "user", "reason"])
        for (model, from, until, kind, user, reason) in champions {
            table.append([
                "\(model)", String("\(from)".prefix(19)),
                until.map { String("\($0)".prefix(19)) } ?? "now", kind, user, reason,
            ])
        }
        print(table)
    }

    /// `0.3038 @50`
    private static func figure(_ value: Double?, at cutoff: Int32?) -> String {
        guard let value, let cutoff else { return "-" }
        return "\(Format.fixed(value, 4)) @\(cutoff)"
    }
}
