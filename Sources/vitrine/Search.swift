import ArgumentParser
import Jobs
import Pipeline
import Postgres
import SQLCatalog

/// `vitrine search`
struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train and measure many settings, and show which are best.",
        discussion: """
            A study says which. Its trials are rows of model.trials; those that are finished are not \
            done again, so a search that was killed goes on where it was. Ends with the statuses of run.
            """)

    @Argument(help: "Name of a study in studies/, or path of a study file.")
    var file: String

    @Option(
        name: .customLong("study"),
        help: ArgumentHelp(
            "Keep the trials under this name instead of that in the file.", valueName: "name"))
    var studyName: String?

    @Option(
        help: ArgumentHelp(
            "Use what was known before 00:00 UTC of this date; today by default.",
            valueName: "yyyy-mm-dd"))
    var date: String?

    @Flag(help: "Say only what went wrong, and the result.")
    var quiet = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        if let date { try Run.check(date: date) }
    }

    func run() throws {
        let catalog = try SQLCatalog.locate()
        let study = try Study.load(file, as: studyName, in: catalog.home)
        let target = try options.target()
        try Run.requireSchema(catalog, target, options)
        try Run.run(
            study.makeJob(), for: date.flatMap { PostgresDate($0) } ?? Run.today, catalog, target,
            isQuiet: quiet)
        let connection = try Connection(target, applicationName: "vitrine search")
        try show(StudyReport(of: study, connection, catalog), of: study)
    }

    private func show(_ report: StudyReport, of study: Study) {
        func fixed(_ number: Double?) -> String { number.map { Format.fixed($0, 4) } ?? "-" }
        func interval(_ row: StudyReport.Row) -> String {
            row.objective == nil ? "-" : "\(fixed(row.lower)) to \(fixed(row.upper))"
        }
        typealias Column = (name: String, cell: (StudyReport.Row) -> String)
        var columns: [Column] = [("place", { "\($0.place)" }), ("trial", { $0.trialName })]
        if study.hasRounds { columns.append(("rung", { "\($0.rung)" })) }
        columns.append((report.objective, { fixed($0.objective) }))
        columns.append(("95 % interval", interval))
        let others: [Column] = [
            ("recall@\(report.recallCutoff)", { fixed($0.recall) }),
            ("ndcg@\(report.ndcgCutoff)", { fixed($0.ndcg) }),
        ]
        columns += others.filter { $0.name != report.objective }
        columns += [
            ("examples/s", { $0.examplesPerSecond.map { Format.count(Int($0)) } ?? "-" }),
            ("took", { Format.duration($0.seconds) }),
        ]
        var table = TextTable(columns.map(\.name))
        for row in report.rows { table.append(columns.map { $0.cell(row) }) }
        print(
            """
            Study \(study.name): \(study.summary)
            \(report.protocolSummary); \(Format.count(Int(report.userCount))) users

            \(table)
            """)
        for row in report.rows {
            if let message = row.errorMessage { print("\n\(row.trialName): \(message)") }
        }
        guard report.isForChoosing else {
            return print("\nMeasured on the test: figures to report, not to choose settings by.")
        }
        print("\nThe best, for the job:\n\n  train:")
        for line in report.bestSettings { print("    \(line)") }
    }
}
