import Pipeline
import Postgres
import SQLCatalog

/// A migrated database with runs that measure what a test says, and no rules but the test's own.
struct AlertWorld {
    let connection: Connection
    let uri: String
    let catalog: SQLCatalog

    static let firstDate = PostgresDate("2024-03-01")!

    static func with<Result>(_ body: (AlertWorld) throws -> Result) throws -> Result {
        try Databases.withSchema { connection, uri throws in
            let world = AlertWorld(
                connection: connection, uri: uri, catalog: try SQLCatalog.locate())
            try connection.script(
                """
                update monitor.alert_rules set is_enabled = false;
                set role vitrine_job
                """)
            return try body(world)
        }
    }

    /// Adds a rule `lag`: above 10 is an alarm, 5 or less is well again.
    func addRule(
        _ name: String = "lag", comparison: String = "above", threshold: Double = 10,
        resolve: Double = 5, runs: Int = 1, coolDown: Int = 0, severity: String = "critical",
        response: String? = nil
    ) throws {
        try connection.execute(
            """
            insert into monitor.alert_rules (rule_name, measure_name, comparison, threshold,
                resolve_threshold, for_runs, cool_down_days, severity, run_book, response_name)
            values (\(name), 'lag', \(comparison), \(threshold), \(resolve), \(runs), \(coolDown),
                \(severity), 'Look.', \(response))
            """)
    }

    /// Makes a finished run that measured the lag of subjects, and none of those left out.
    @discardableResult
    func measure(
        _ lags: [String: Double], day: Int, job: String = "nightly"
    ) throws -> Int64 {
        let runID = try connection.value(
            """
            insert into ops.runs (job_name, as_of_date, parameters, code_version, host_name,
                process_id, status, finished_at)
            values (\(job), \(Self.firstDate.advanced(by: day)), '{}', 'test', 'test', 1, 'succeeded',
                clock_timestamp())
            returning run_id
            """, as: Int64.self)
        for (subject, lag) in lags {
            try connection.execute(
                """
                insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
                values (\(runID), 'system', 'lag', \(subject), \(lag), 'hours')
                """)
        }
        return runID
    }

    /// Judges the measures of a run, as its step respond would.
    @discardableResult
    func judge(_ runID: Int64, day: Int) throws -> AlertBook.Changes {
        try AlertBook(connection: connection, catalog: catalog)
            .judge(runID: runID, asOf: Self.firstDate.advanced(by: day))
    }

    @discardableResult
    func respond(_ runID: Int64, day: Int) throws -> Responder.Changes {
        try Responder(connection: connection, catalog: catalog)
            .respond(runID: runID, asOf: Self.firstDate.advanced(by: day))
    }

    /// Makes a run, judges it and responds to it.
    @discardableResult
    func live(_ lag: Double, day: Int, subject: String = "all") throws -> Int64 {
        let runID = try measure([subject: lag], day: day)
        try judge(runID, day: day)
        try respond(runID, day: day)
        return runID
    }

    /// `state value peak` of every alert.
    func alerts() throws -> [String] {
        try connection.query(
            """
            select concat_ws(' ', subject, state, value, peak) from monitor.alerts order by alert_id
            """, as: String.self)
    }

    /// `name state` of every response.
    func responses() throws -> [String] {
        try connection.query(
            """
            select concat_ws(' ', response_name, state) from monitor.responses order by response_id
            """, as: String.self)
    }

    func texts(_ query: String) throws -> [String] {
        try connection.query(Query(text: query), as: String.self)
    }
}
