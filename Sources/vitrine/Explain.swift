import ArgumentParser
import Pipeline
import Postgres
import SQLCatalog

/// `vitrine explain`
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how the list of a user came about, or where an item went.",
        discussion: """
            For a user: what each source proposed, at which stage of the funnel that ended and why, and \
            what the scores of the list are made of. With an item: why it stands in the list, or why \
            it does not. The functions serving.explain and serving.why_not say the same in SQL.
            """)

    @Argument(help: "The user.")
    var user: Int64

    @Option(help: ArgumentHelp("The item to look for.", valueName: "item"))
    var item: Int64?

    @Option(
        help: ArgumentHelp(
            "The publication; the current one by default.", valueName: "publication"))
    var publication: Int64?

    @Option(help: ArgumentHelp("Places of the list to show.", valueName: "count"))
    var top = 10

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard (1...10_000).contains(top) else {
            throw ValidationError("--top must lie between 1 and 10000")
        }
        guard publication.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--publication must be positive")
        }
    }

    func run() throws {
        let (connection, catalog) = try options.connectAsJob(command: "explain")
        let report = FunnelReport(connection: connection, catalog: catalog, user: user)
        let asked = try report.publication(publication)
        guard asked.hasList else {
            throw PipelineError(
                "publication \(asked.id) has no list of this user",
                hint: "It may be older than the user; serving.recommend gives popular items.")
        }
        if let item {
            try report.printItem(item, of: asked)
        } else {
            print(asked.title)
            if asked.hasCandidates {
                try report.printSources(of: asked.id)
                try report.printReasons(of: asked.id)
            } else {
                print("\nits candidates are no longer kept")
            }
            try report.printList(of: asked.id, top: top)
        }
    }
}

/// What the funnel did for one user, as tables.
private struct FunnelReport {
    let connection: Connection
    let catalog: SQLCatalog
    let user: Int64

    struct Publication {
        var id: Int64
        var title: String
        var hasList: Bool
        /// Whether what its lists were chosen from is kept.
        var hasCandidates: Bool
    }

    private func query(
        _ script: String, _ publication: Int64, _ more: [String: Bind] = [:]
    ) throws -> Query {
        let arguments = ["publication_id": Bind(publication), "user_id": Bind(user)]
        return try catalog.script("explain/\(script)").query(arguments.merging(more) { $1 })
    }

    func publication(_ id: Int64?) throws -> Publication {
        let (id, date, model, ranker, weights, hasList, hasCandidates) = try connection.query(
            try query("publication", id ?? 0),
            as: (Int64, PostgresDate, Int64, Int64?, Int32, Bool, Bool).self)[0]
        let models = "model \(model)" + (ranker.map { ", ranker \($0)" } ?? "")
        return Publication(
            id: id, title: "publication \(id) as of \(date), \(models), weights \(weights)",
            hasList: hasList, hasCandidates: hasCandidates)
    }

    func printSources(of publication: Int64) throws {
        var table = TextTable(["source", "proposed", "published", "dropped at"])
        for (source, proposed, published, dropped) in try connection.query(
            try query("sources", publication), as: (String, Int64, Int64, String?).self)
        {
            table.append([source, "\(proposed)", "\(published)", dropped ?? "-"])
        }
        print("\n\(table)")
    }

    func printReasons(of publication: Int64) throws {
        let reasons = try connection.query(
            try query("reasons", publication), as: (String, String, Int64, String).self)
        guard !reasons.isEmpty else { return }
        var table = TextTable(["dropped at", "reason", "candidates", "because"])
        for (stage, reason, count, description) in reasons {
            table.append([stage, reason, "\(count)", description])
        }
        print("\n\(table)")
    }

    func printList(of publication: Int64, top: Int) throws {
        var table = TextTable([
            "rank", "item", "source", "score", "value", "terms", "rules", "because liked",
        ])
        for (rank, item, source, score, value, terms, rules, because, isExploration)
            in try connection.query(
                try query("list", publication, ["row_limit": Bind(Int32(top))]),
                as: (
                    Int32, Int64, String, Double, Double, String?, String?, Int64?, Bool
                ).self)
        {
            table.append([
                "\(rank)", "\(item)", isExploration ? "\(source), explored" : source,
                Format.fixed(score, 4), Format.fixed(value, 4), terms ?? "-", rules ?? "-",
                because.map { "\($0)" } ?? "-",
            ])
        }
        print("\n\(table)")
    }

    /// Says why an item stands in the list, and what became of it for each source.
    func printItem(_ item: Int64, of publication: Publication) throws {
        let asked = ["item_id": Bind(item)]
        let words = try connection.first(
            try query("item", publication.id, asked), as: String.self)
        if let words, !publication.hasCandidates { return print(words) }
        let fates = try connection.query(
            try query("fates", publication.id, asked),
            as: (String?, Int32?, Float?, String, String, String).self)
        if fates.contains(where: { $0.4 == "unknown_item" }) {
            throw PipelineError(
                "the item was never imported", hint: "source.items lists what is known.")
        }
        if let words { print(words + "\n") }
        var table = TextTable(["source", "place", "score", "stage", "reason", "because"])
        for (source, place, score, stage, reason, description) in fates {
            table.append([
                source ?? "-", place.map { "\($0)" } ?? "-",
                score.map { Format.fixed(Double($0), 4) } ?? "-", stage, reason, description,
            ])
        }
        print(table)
    }
}
