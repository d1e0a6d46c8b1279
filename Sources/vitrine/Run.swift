import ArgumentParser
import Foundation
import Jobs
import Pipeline
import Postgres
import SQLCatalog

/// `vitrine run`
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a job, or take up the run that died.",
        discussion: """
            Ends with 0 when the job is done, 1 when a step failed, 75 when another process runs the \
            job, and 130 when a signal or the deadline stopped it.
            """)

    @Argument(help: "Name of a job in jobs/, or path of a job file.")
    var job: String

    @Option(
        help: ArgumentHelp(
            "Use what was known before 00:00 UTC of this date; today by default.",
            valueName: "yyyy-mm-dd"))
    var date: String?

    @Flag(help: "Begin a new run, even where one for the date waits to be taken up.")
    var fresh = false

    @Flag(help: "Say only what went wrong.")
    var quiet = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws { try Self.validate(date: date) }

    func run() throws {
        let catalog = try SQLCatalog.locate()
        let file = try JobFile.load(path: catalog.home.path(of: job, in: "jobs"))
        try Self.start(
            file.makeJob(), date: date, resuming: !fresh, isQuiet: quiet, catalog, options)
    }

    /// Refuses an argument that is no date, or one that is not over.
    static func validate(date: String?) throws {
        guard let date else { return }
        guard let day = PostgresDate(date), day.isFinite else {
            throw ValidationError("--date must be a date such as 2022-05-09")
        }
        guard day <= today else {
            throw ValidationError("--date lies in the future: its days are not complete")
        }
    }

    /// The current UTC date.
    static var today: PostgresDate {
        PostgresDate(daysSinceEpoch: Int32(Date().timeIntervalSince1970 / 86_400))
    }

    /// Runs a job for a date, by default today, as the command line does.
    ///
    /// - Throws: `ExitCode` with the status of what ended it, which is then said.
    static func start(
        _ job: Job, date: String?, resuming: Bool, isQuiet: Bool, _ catalog: SQLCatalog,
        _ options: DatabaseOptions
    ) throws {
        let target = try options.target()
        try requireSchema(catalog, target, options)
        let stop = StopSignal()
        let reporter = RunReporter(job: job.name)
        let signals = SignalWatch { stop.request(.interrupted) }
        defer { signals.cancel() }
        do {
            try JobRunner(catalog: catalog, target: target, codeVersion: Vitrine.version).run(
                job, asOfDate: date.flatMap { PostgresDate($0) } ?? today, resuming: resuming,
                stop: stop, onEvent: { if !isQuiet { reporter.report($0) } })
        } catch let error as JobError {
            StandardError.print("vitrine: \(error)")
            switch error {
            case .locked: throw ExitCode.locked
            case .stopped: throw ExitCode.stopped
            case .stepFailed: throw ExitCode.failure
            }
        }
    }

    /// - Throws: ``CatalogError`` when migrations are pending.
    static func requireSchema(
        _ catalog: SQLCatalog, _ target: ConnectionTarget, _ options: DatabaseOptions
    ) throws {
        let connection = try Connection(target, applicationName: "vitrine")
        guard try Migrator(catalog: catalog, connection: connection).isUpToDate() else {
            throw CatalogError(
                "the schema of the database is not up to date",
                hint: "Run: vitrine migrate\(options.typed)")
        }
    }
}
