import Foundation
import Jobs
import Pipeline
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing

/// The step: which checks it runs and how, what it records, and what becomes of the job.
@Suite struct ValidateStepTests {
    private static let settings = {
        var settings = PipelineSettings()
        settings.positiveActions = ["like", "long_view"]
        settings.profileAttributes = ["device"]
        return settings
    }()

    /// Runs the step alone, as part of a run of its own.
    ///
    /// - Parameter run: An earlier run, of which this is another attempt.
    /// - Returns: The identifier of the run.
    @discardableResult
    private func validate(
        _ connection: Connection, _ uri: String, asOf date: PostgresDate = PlantedWorld.date,
        run: Int64? = nil, catalog: SQLCatalog? = nil,
        progress: @escaping (String) -> Void = { _ in }
    ) throws -> Int64 {
        let catalog = try catalog ?? SQLCatalog.locate()
        let run =
            try run
            ?? connection.value(
                try catalog.script("run/create_run").query([
                    "job_name": Bind("nightly"), "as_of_date": Bind(date),
                    "parameters": Bind(JSONB("{}")), "code_version": Bind("test"),
                    "host_name": Bind("h"), "process_id": Bind(Int32(1)),
                ]), as: Int64.self)
        let job = try Connection(uri, applicationName: "validate")
        defer { job.close() }
        try job.setRole("vitrine_job")
        _ = try ValidateStep(Self.settings).run(
            in: StepContext(
                connection: job, catalog: catalog, runID: run, asOfDate: date,
                codeVersion: "test", stop: StopSignal(), progress: progress))
        return run
    }

    /// Checks of a run that found something, with their outcome.
    private func findings(_ connection: Connection, _ run: Int64) throws -> [String] {
        try connection.query(
            """
            select check_name || ' ' || outcome from monitor.checks
            where run_id = \(run) and violation_count > 0 order by check_name
            """, as: String.self)
    }

    private static let own = """
        -- No item has an identifier above a limit.
        --
        -- Check     warn
        -- Owner     shop
        -- Action    Ask the shop.
        -- Settings  largest_id 615
        -- Reads     source.item_versions
        -- Params    as_of_date
        -- Output    subject, detail, violation_count
        select v.item_id::text as subject, 'identifier is too large'::text as detail,
            1::bigint as violation_count
        from source.item_versions as v
        where v.item_id > :'largest_id'::bigint
            and v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by v.item_id;
        """

    // MARK: - An undisturbed fortnight

    @Test func `an undisturbed fortnight raises nothing, and each day is counted once`() throws {
        try Databases.withWorld { connection, uri throws in
            for offset in -13...0 {
                let date = PlantedWorld.date.advanced(by: offset)
                let run = try validate(connection, uri, asOf: date)
                #expect(try findings(connection, run) == [], "as of \(date)")
                try connection.execute(
                    try SQLCatalog.locate().script("features/close").query([
                        "as_of_date": Bind(date)
                    ]))
            }
            let (days, counted, there) = try connection.query(
                """
                select (select count(*) from monitor.counted_days),
                    (select sum(event_count)::bigint from monitor.event_days),
                    (select count(*) from source.interactions)
                """, as: (Int, Int64, Int64).self)[0]
            #expect(days == 13 + 29)
            #expect(counted == there)
            #expect(
                try connection.value(
                    "select count(*) from monitor.check_history where date_count = 14",
                    as: Int.self) >= 20)
        }
    }

    // MARK: - Own checks

    @Test func `a file of one's own is a check, with its results`() throws {
        try Databases.withWorld { connection, uri throws in
            try withHome(["validate/identifiers_are_small": Self.own]) { catalog throws in
                var lines: [String] = []
                let run = try validate(connection, uri, catalog: catalog) { lines.append($0) }
                #expect(try findings(connection, run) == ["identifiers_are_small warned"])
                #expect(lines == ["warn identifiers_are_small: identifier is too large (5)"])
                let (owner, action, subject, length) = try connection.query(
                    """
                    select owner, action, sample -> 0 ->> 'subject', jsonb_array_length(sample)
                    from monitor.check_results where check_name = 'identifiers_are_small'
                    """, as: (String, String, String, Int32).self)[0]
                #expect(owner == "shop" && action == "Ask the shop.")
                #expect(subject == "616" && length == 5)
                #expect(
                    try connection.value(
                        """
                        select value from monitor.measures
                        where run_id = \(run) and measure_name = 'check_violations'
                            and subject = 'identifiers_are_small'
                        """, as: Double.self) == 5)
            }
        }
    }

    @Test func `the example of the documentation is a check`() throws {
        let catalog = try SQLCatalog.locate()
        let text = try String(
            contentsOfFile: catalog.home.path("docs/validation.md"), encoding: .utf8)
        let example = try #require(text.firstMatch(of: #/```sql\n(-- Every item[^`]*)```/#))
        try Databases.withWorld { connection, uri throws in
            try connection.execute(
                """
                update source.item_versions set attributes = '{"price": 5}' where item_id <> 510
                """)
            try withHome(["validate/items_have_prices": String(example.1)]) { catalog throws in
                var lines: [String] = []
                try validate(connection, uri, catalog: catalog) { lines.append($0) }
                #expect(lines == ["warn items_have_prices: item has no price (1)"])
            }
        }
    }

    @Test(arguments: [
        (
            "select 1", "sql/validate/mine.sql is a check without Check in its header"
        ),
        (
            own.replacing("-- Owner     shop\n", with: ""),
            "sql/validate/mine.sql is a check without Owner in its header"
        ),
    ])
    func `a file that is no check is refused, not left out`(text: String, message: String) throws {
        try Databases.withWorld { connection, uri throws in
            try withHome(["validate/mine": text]) { catalog throws in
                let error = #expect(throws: CatalogError.self) {
                    try validate(connection, uri, catalog: catalog)
                }
                #expect(error?.message == message)
            }
        }
    }

    @Test func `a check that cannot be run fails the step, after the others`() throws {
        try Databases.withWorld { connection, uri throws in
            let broken = Self.own.replacing("v.item_id > ", with: "v.no_such_column > ")
            try withHome(["validate/a_broken_one": broken]) { catalog throws in
                let error = #expect(throws: PostgresError.self) {
                    try validate(connection, uri, catalog: catalog)
                }
                #expect("\(error.map { "\($0)" } ?? "")".contains("sql/validate/a_broken_one.sql"))
                let count = try connection.value(
                    "select count(*) from monitor.check_results", as: Int.self)
                #expect(count >= 20)
            }
        }
    }

    @Test func `a missing column is named, not the statement that stumbles over it`() throws {
        try Databases.withWorld { connection, uri throws in
            try connection.execute("alter table source.interactions drop column value")
            let error = #expect(throws: PipelineError.self) { try validate(connection, uri) }
            #expect(error?.message == "the data failed columns_are_as_expected")
            // What an alert is raised on is there although the job ends here.
            #expect(
                try connection.value(
                    """
                    select value from monitor.measures
                    where measure_name = 'check_violations' and subject = 'columns_are_as_expected'
                    """, as: Double.self) == 1)
        }
    }

    // MARK: - Settings

    private func set(_ connection: Connection, _ columns: String, _ values: String) throws {
        try connection.script(
            """
            insert into monitor.check_settings (check_name, reason, \(columns))
            values ('identifiers_are_small', 'test', \(values))
            """)
    }

    @Test func `a row sets thresholds, and leaves the others`() throws {
        try Databases.withWorld { connection, uri throws in
            try set(connection, "settings", #"'{"largest_id": 618}'"#)
            try withHome(["validate/identifiers_are_small": Self.own]) { catalog throws in
                var lines: [String] = []
                try validate(connection, uri, catalog: catalog) { lines.append($0) }
                #expect(lines == ["warn identifiers_are_small: identifier is too large (2)"])
            }
        }
    }

    @Test func `a row makes a check stop the job, and gives it to somebody`() throws {
        try Databases.withWorld { connection, uri throws in
            try set(connection, "severity, owner", "'fail', 'catalogue'")
            try withHome(["validate/identifiers_are_small": Self.own]) { catalog throws in
                let error = #expect(throws: PipelineError.self) {
                    try validate(connection, uri, catalog: catalog)
                }
                #expect(error?.message == "the data failed identifiers_are_small")
                #expect(
                    try connection.value(
                        "select owner || ' ' || outcome from monitor.checks where violation_count > 0",
                        as: String.self) == "catalogue failed")
            }
        }
    }

    @Test func `a row switches a check off`() throws {
        try Databases.withWorld { connection, uri throws in
            try set(connection, "is_enabled", "false")
            try withHome(["validate/identifiers_are_small": Self.own]) { catalog throws in
                let run = try validate(connection, uri, catalog: catalog)
                #expect(try findings(connection, run) == [])
                #expect(
                    try connection.value(
                        """
                        select count(*) from monitor.check_results
                        where check_name = 'identifiers_are_small'
                        """, as: Int.self) == 0)
            }
        }
    }

    @Test func `a row that sets what there is not is refused`() throws {
        try Databases.withWorld { connection, uri throws in
            try set(connection, "settings", #"'{"smallest_id": 1}'"#)
            let noFile = #expect(throws: PipelineError.self) { try validate(connection, uri) }
            #expect(
                noFile?.message
                    == "monitor.check_settings names the check identifiers_are_small, which has no file"
            )
            try withHome(["validate/identifiers_are_small": Self.own]) { catalog throws in
                let noSetting = #expect(throws: PipelineError.self) {
                    try validate(connection, uri, catalog: catalog)
                }
                #expect(
                    noSetting?.message == "check identifiers_are_small has no setting smallest_id")
            }
        }
    }

    @Test func `another attempt of the run replaces what the first recorded`() throws {
        try Databases.withWorld { connection, uri throws in
            try connection.execute("update source.interactions set repeat_count = 2")
            let run = try validate(connection, uri)
            #expect(try findings(connection, run) == ["duplicates_are_few warned"])
            try connection.execute("update source.interactions set repeat_count = 1")
            #expect(try validate(connection, uri, run: run) == run)
            #expect(try findings(connection, run) == [])
            let (results, names, measures) = try connection.query(
                """
                select count(*), count(distinct check_name),
                    (select count(*) from monitor.measures where value = 0)
                from monitor.check_results
                """, as: (Int, Int, Int).self)[0]
            #expect(results == names && results == measures && results >= 20)
        }
    }
}
