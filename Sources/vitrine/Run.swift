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

    @Option(
        help: ArgumentHelp(
            "End before this step, so that it can be done in shards; docs/scale.md explains.",
            valueName: "step"))
    var before: String?

    @Flag(help: "Begin a new run, even where one for the date waits to be taken up.")
    var fresh = false

    @Flag(help: "Say only what went wrong.")
    var quiet = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        if let date { try Self.check(date: date) }
    }

    /// - Throws: `ValidationError` when the text is no date of the past.
    static func check(date: String) throws {
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

    func run() throws {
        let catalog = try SQLCatalog.locate()
        let file = try Self.jobFile(named: job, in: catalog.home)
        let target = try options.target()
        try Self.requireSchema(catalog, target, options)
        try Self.run(
            file.makeJob(), for: date.flatMap { PostgresDate($0) } ?? Self.today, catalog, target,
            resuming: !fresh, before: before, isQuiet: quiet)
    }

    /// Runs a job, stops it at a signal, and turns what ends it into a status.
    ///
    /// - Parameter onEvent: Told everything, beside the report to people or the log.
    /// - Returns: The run.
    @discardableResult
    static func run(
        _ job: Job, for date: PostgresDate, _ catalog: SQLCatalog, _ target: ConnectionTarget,
        resuming: Bool = true, before boundary: String? = nil, isQuiet: Bool,
        onEvent: @escaping (JobRunner.Event) -> Void = { _ in }
    ) throws -> Int64 {
        do {
            return try withStatus(of: job, isQuiet: isQuiet) { stop, report in
                try JobRunner(
                    catalog: catalog, target: target, codeVersion: Vitrine.version
                ).run(job, asOfDate: date, resuming: resuming, before: boundary, stop: stop) {
                    report($0)
                    onEvent($0)
                }
            }
        } catch let status as ExitCode where status == .failure || status == .stopped {
            alarm(catalog, target)
            throw status
        }
    }

    /// Opens the alerts of a run that has failed or was stopped. Where that fails too, the next `vitrine respond` does it:
    /// why the run failed has been said.
    private static func alarm(_ catalog: SQLCatalog, _ target: ConnectionTarget) {
        guard let connection = try? Connection(target, applicationName: "vitrine respond"),
            (try? connection.setRole("vitrine_job")) != nil
        else { return }
        defer { connection.close() }
        _ = try? Watch(connection: connection, catalog: catalog)
            .judgeFailures { StandardError.print("vitrine: \($0)") }
    }

    /// Runs a job or a part of it, stops it at a signal, and turns what ends it into a status.
    static func withStatus<Result>(
        of job: Job, isQuiet: Bool,
        _ body: (StopSignal, @escaping (JobRunner.Event) -> Void) throws -> Result
    ) throws -> Result {
        let stop = StopSignal()
        let reporter = RunReporter(job: job.name)
        let signals = SignalWatch { stop.request(.interrupted) }
        defer { signals.cancel() }
        do {
            return try body(stop) { if !isQuiet { reporter.report($0) } }
        } catch let error as JobError {
            StandardError.print("vitrine: \(error)")
            switch error {
            case .locked: throw ExitCode.locked
            case .stopped: throw ExitCode.stopped
            default: throw ExitCode.failure
            }
        }
    }

    /// A name is a file in `jobs/`; anything with a slash or an ending is a path.
    static func jobFile(named name: String, in home: Home) throws -> JobFile {
        try JobFile.load(path: home.path(of: name, in: "jobs"))
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
