import ArgumentParser
import Jobs
import Postgres
import SQLCatalog

/// `vitrine status`
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the last runs, and the steps of one.")

    @Option(help: ArgumentHelp("How many runs.", valueName: "count"))
    var last = 10

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp(
            "Show the steps of this run; of the newest by default.", valueName: "run"))
    var runID: Int64?

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard (1...10_000).contains(last) else {
            throw ValidationError("--last must lie between 1 and 10000")
        }
    }

    func run() throws {
        let catalog = try SQLCatalog.locate()
        let target = try options.target()
        try Run.requireSchema(catalog, target, options)
        let connection = try Connection(target, applicationName: "vitrine status")
        let runs = try connection.query(
            try catalog.script("status/recent_runs").query(["run_limit": Bind(Int32(last))]),
            as: (Int64, String, PostgresDate, String, Timestamp, Double, String, String?).self)
        guard let newest = runs.first else { return print("no runs yet") }
        // A process that was killed could not say so: without the lock of jobs nothing runs.
        let isAtWork = try connection.holder(of: JobRunner.lock) != nil
        var table = TextTable(["run", "job", "as of", "status", "started", "took", "steps"])
        for (number, job, date, status, startedAt, seconds, steps, _) in runs {
            table.append([
                "\(number)", job, "\(date)", status == "running" && !isAtWork ? "died" : status,
                String("\(startedAt)".prefix(19)),
                Format.duration(seconds), steps,
            ])
        }
        print(table)
        let shown = runID ?? newest.0
        let steps = try connection.query(
            try catalog.script("status/steps_of_run").query(["run_id": Bind(shown)]),
            as: (String, String, Int32, Double, Int64?, Int64?, Double?, String?).self)
        guard !steps.isEmpty else {
            guard runs.contains(where: { $0.0 == shown }) else {
                throw ValidationError("there is no run \(shown) with steps")
            }
            return print("\nrun \(shown) has no steps yet")
        }
        var stepTable = TextTable([
            "step", "status", "attempt", "took", "rows in", "rows out", "rows/s",
        ])
        for (step, status, attempt, seconds, rowsIn, rowsOut, rate, _) in steps {
            stepTable.append([
                step, status, "\(attempt)", Format.duration(seconds),
                rowsIn.map { Format.count(Int($0)) } ?? "-",
                rowsOut.map { Format.count(Int($0)) } ?? "-",
                rate.map { Format.count(Int($0)) } ?? "-",
            ])
        }
        print("\nrun \(shown)\n\(stepTable)")
        for case (let step, _, _, _, _, _, _, let message?) in steps {
            print("\n\(step): \(message)")
        }
        try printShards(of: shown, connection, catalog)
    }

    /// Shows the steps that were cut into shards, if any were.
    private func printShards(
        of runID: Int64, _ connection: Connection, _ catalog: SQLCatalog
    ) throws {
        let steps = try connection.query(
            try catalog.script("status/shards_of_run").query(["run_id": Bind(runID)]),
            as: (String, Int64, Int64, Int64, [Int16]).self)
        guard !steps.isEmpty else { return }
        var table = TextTable(["step", "shards", "done", "at work", "not done"])
        for (step, count, done, running, missing) in steps {
            let shown = missing.prefix(8).map(String.init).joined(separator: " ")
            table.append([
                step, "\(count)", "\(done)", "\(running)",
                missing.isEmpty ? "-" : shown + (missing.count > 8 ? " …" : ""),
            ])
        }
        print("\n\(table)")
    }
}
