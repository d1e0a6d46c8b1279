import Foundation
public import Postgres
public import SQLCatalog

/// What is looked after outside of jobs: whether runs came and reached their end, what is done about it, and
/// gauges for the textfile collector of node_exporter.
public struct Watch {
    let connection: Connection
    let catalog: SQLCatalog

    /// - Parameter connection: With the role `vitrine_job`.
    public init(connection: Connection, catalog: SQLCatalog) {
        self.connection = connection
        self.catalog = catalog
    }

    /// Judges what no run can say, and responds to it.
    ///
    /// - Parameter now: The present.
    /// - Returns: What changed, and jobs whose schedules cannot be read.
    public func look(
        at now: Timestamp, said: (String) -> Void = { _ in }
    ) throws -> (alerts: AlertBook.Changes, responses: Responder.Changes, unreadable: [String]) {
        let unreadable = try connection.withTransaction {
            try connection.execute(try catalog.script("respond/lock").query())
            return try ExpectedRuns(connection: connection, catalog: catalog).look(at: now)
        }
        var alerts = try judgeFailures(said: said)
        alerts += try AlertBook(connection: connection, catalog: catalog)
            .judge(runID: nil, asOf: now.date)
        return (
            alerts,
            try Responder(connection: connection, catalog: catalog)
                .respond(runID: nil, asOf: now.date, said: said),
            unreadable
        )
    }

    /// Judges runs that ended at a step, by what they had measured until then: their own steps monitor and
    /// respond were not reached.
    public func judgeFailures(said: (String) -> Void = { _ in }) throws -> AlertBook.Changes {
        let failed = try connection.query(
            try catalog.script("respond/failed_runs").query(), as: (Int64, PostgresDate).self)
        var changes = AlertBook.Changes()
        for (runID, date) in failed {
            try connection.withTransaction {
                try connection.run(
                    try catalog.script("respond/measure_failures"), ["run_id": Bind(runID)])
            }
            changes += try Judgement(connection: connection, catalog: catalog)
                .pass(onRun: runID, asOf: date, said: said).alerts
        }
        return changes
    }

    /// Writes gauges to a file, which is there whole or as it was before.
    ///
    /// - Throws: ``PipelineError`` when the file cannot be written.
    public func writeGauges(to path: String) throws {
        let samples = try connection.query(
            try catalog.script("respond/gauges").query(),
            as: (String, [String], [String], Double).self
        ).map { metric, names, values, value in
            PrometheusText.Sample(
                metric: metric, labels: zip(names, values).map { (name: $0, value: $1) },
                value: value)
        }
        do {
            // Foundation writes beside it and renames; the collector reads names that end in .prom.
            try Data(PrometheusText.text(samples).utf8)
                .write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw PipelineError(
                "the textfile cannot be written",
                hint: "Its directory has to exist, and be writable.")
        }
    }
}
