import Foundation
import Postgres
import SQLCatalog
import Testing

/// Every check finds what it is for, and is silent on good data.
@Suite struct ValidateTests {
    /// Names of the checks: what stands directly in the folder.
    static let checks: [String] = ((try? SQLCatalog.locate().names(in: "validate")) ?? [])
        .map { String($0.dropFirst("validate/".count)) }.filter { !$0.contains("/") }

    private func withGoodDays(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database throws in
            try database.addGoodDays()
            try body(database)
        }
    }

    @Test func `every check has data on which it fails`() {
        #expect(Self.checks.count >= 20)
        #expect(Set(Self.checks) == Set(BadData.all.map(\.check)))
        #expect(BadData.all.allSatisfy { !$0.rows.isEmpty })
    }

    @Test(arguments: checks) func `a check is silent on good data`(check: String) throws {
        try withGoodDays { database throws in
            let found = try database.violations(of: check)
            #expect(found == [])
        }
    }

    @Test(arguments: BadData.all) func `a check finds what it is for`(bad: BadData) throws {
        try withGoodDays { database throws in
            try database.execute(bad.change)
            let found = try database.violations(of: bad.check, settings: bad.settings)
            #expect(Array(found.prefix(bad.rows.count)) == bad.rows)
        }
    }

    @Test(arguments: checks) func `a check says what it is, whose it is and what to do`(
        check: String
    ) throws {
        let script = try SQLCatalog.locate().script("validate/\(check)")
        let header = try CheckHeader(of: script)
        #expect(header.action.hasSuffix("."))
        #expect(!header.owner.contains(" "))
        #expect(
            script.header.fields["Output"]?.hasPrefix("subject, detail, violation_count") == true)
        #expect(Set(header.settings.keys).isSubset(of: script.parameterNames))
    }

    @Test(arguments: checks) func `the documentation lists the check as its header has it`(
        check: String
    ) throws {
        let catalog = try SQLCatalog.locate()
        let script = try catalog.script("validate/\(check)")
        let header = try CheckHeader(of: script)
        let settings = script.header.fields["Settings"] ?? ""
        let line =
            "| `\(check)` | \(header.severity) | \(header.owner) | \(script.header.summary) | \(settings) |"
        let text = try String(
            contentsOfFile: catalog.home.path("docs/validation.md"), encoding: .utf8)
        #expect(text.contains(line), "docs/validation.md lacks: \(line)")
    }

    @Test func `the documentation lists no other checks`() throws {
        let text = try String(
            contentsOfFile: SQLCatalog.locate().home.path("docs/validation.md"), encoding: .utf8)
        let listed = text.matches(of: #/\n\| `([a-z_]+)` \| (?:fail|warn) \|/#).map { String($0.1) }
        #expect(listed.sorted() == Self.checks.sorted())
    }

    // MARK: - Days

    @Test func `a day is counted once it is closed, and again until then`() throws {
        try withGoodDays { database throws in
            let date = SQLDatabase.validationDate
            let all = date.advanced(by: -29)...date.advanced(by: -1)
            #expect(try database.countDays(asOf: date) == all)
            // Nothing is closed yet.
            #expect(try database.countDays(asOf: date) == all)
            try database.run("features/close", ["as_of_date": Bind(date.advanced(by: -1))])
            #expect(try database.countDays(asOf: date) == all)
            let last = date.advanced(by: -1)
            #expect(try database.countDays(asOf: date) == last...last)
            try database.execute("delete from source.interactions where user_id = 1")
            #expect(try database.countDays(asOf: date) == last...last)
            try database.run("features/close", ["as_of_date": Bind(date)])
            #expect(try database.countDays(asOf: date) == last...last)
            #expect(try database.countDays(asOf: date) == nil)
            // What was closed is as it was; what was open is as it is.
            #expect(
                try database.table(
                    """
                    select sum(e.event_count) filter (where e.known_date = '2024-03-27'),
                        sum(e.event_count) filter (where e.known_date = '2024-03-28'),
                        (select count(*) from source.interactions as i
                            where i.known_at >= '2024-03-28 00:00+00')
                    from monitor.event_days as e
                    """) == ["(416,406,406)"])
        }
    }

    @Test func `counts of days are those of the interactions`() throws {
        try withGoodDays { database throws in
            try database.execute(
                """
                update source.interactions set repeat_count = 3, surface = null where user_id = 3;
                update source.interactions set known_at = known_at + interval '2 days' where user_id = 4
                """)
            try database.countDays(asOf: SQLDatabase.validationDate)
            let difference = """
                select (i.known_at at time zone 'UTC')::date as known_date,
                    (i.occurred_at at time zone 'UTC')::date as occurred_date, i.action_id,
                    count(*) as event_count, sum(i.repeat_count)::bigint as repeat_count,
                    count(i.value) as value_count, count(i.surface) as surface_count,
                    min(i.value) as value_minimum, max(i.value) as value_maximum
                from source.interactions as i
                where i.known_at >= '2024-02-29 00:00+00' and i.known_at < '2024-03-29 00:00+00'
                group by 1, 2, 3
                """
            let counted = """
                select known_date, occurred_date, action_id, event_count, repeat_count, value_count,
                    surface_count, value_minimum, value_maximum
                from monitor.event_days
                """
            #expect(try database.table("\(difference) except \(counted)") == [])
            #expect(try database.table("\(counted) except \(difference)") == [])
            #expect(
                try database.table("select count(*) > 100 from monitor.event_days") == ["(t)"])
        }
    }

    @Test func `a check as of an earlier date says what it said then`() throws {
        try withGoodDays { database throws in
            let earlier = day("2024-03-20")
            try database.execute(
                """
                delete from source.interactions
                where occurred_at >= '2024-03-19 00:00+00' and occurred_at < '2024-03-20 00:00+00'
                    and user_id > 10
                """)
            let then = try database.violations(of: "daily_volume_is_usual", asOf: earlier)
            #expect(then.count == 1)
            try database.run("features/close", ["as_of_date": Bind(day("2024-03-27"))])
            // The rest of the day arrives, and is known from the closing on.
            try database.execute(
                """
                insert into source.interactions
                    (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
                select u, 10, 1, '2024-03-19 12:00+00', 5, '2024-03-27 00:00+00', 2
                from generate_series(1, 400) as u
                """)
            #expect(try database.violations(of: "daily_volume_is_usual", asOf: earlier) == then)
            #expect(try database.violations(of: "interactions_are_fresh", asOf: earlier) == [])
        }
    }

    // MARK: - Results

    private func openRun(_ database: SQLDatabase, asOf date: String) throws -> Int64 {
        try database.connection.value(
            try database.catalog.script("run/create_run").query([
                "job_name": Bind("nightly"), "as_of_date": Bind(day(date)),
                "parameters": Bind(JSONB("{}")), "code_version": Bind("1"),
                "host_name": Bind("h"), "process_id": Bind(Int32(1)),
            ]), as: Int64.self)
    }

    private func record(
        _ database: SQLDatabase, _ run: Int64, _ check: String, _ severity: String, _ count: Int64
    ) throws {
        try database.run(
            "validate/ledger/record",
            [
                "run_id": Bind(run), "check_name": Bind(check), "severity": Bind(severity),
                "owner": Bind("data"), "action": Bind("Look."), "violation_count": Bind(count),
                "sample": Bind(JSONB("[]")), "duration_seconds": Bind(0.5),
            ])
    }

    @Test func `results are stored, read as a report, measured, and cleared for another attempt`()
        throws
    {
        try SQLDatabase.with { database throws in
            let run = try openRun(database, asOf: "2024-03-29")
            for (check, severity, count) in [("a", "warn", 0), ("b", "warn", 2), ("c", "fail", 1)] {
                try record(database, run, check, severity, Int64(count))
            }
            try database.run("monitor/measure_checks", ["run_id": Bind(run)])
            let query = """
                select check_name, owner, action, outcome, violation_count, duration_seconds
                from monitor.checks order by 1
                """
            #expect(
                try database.table(query) == [
                    "(a,data,Look.,passed,0,0.5)", "(b,data,Look.,warned,2,0.5)",
                    "(c,data,Look.,failed,1,0.5)",
                ])
            let measures =
                "select level, measure_name, subject, value from monitor.measures order by 3"
            #expect(
                try database.table(measures) == [
                    "(data,check_violations,a,0)", "(data,check_violations,b,2)",
                    "(data,check_violations,c,1)",
                ])
            try database.run("validate/ledger/clear", ["run_id": Bind(run)])
            #expect(try database.table(query) == [])
            #expect(try database.table(measures) == [])
        }
    }

    @Test func `the history says since when a check finds something`() throws {
        try SQLDatabase.with { database throws in
            let days: [(String, Int64, Int64)] = [
                ("2024-03-01", 0, 1), ("2024-03-02", 3, 1), ("2024-03-03", 0, 1),
                ("2024-03-04", 2, 1), ("2024-03-05", 4, 0),
            ]
            for (date, often, rarely) in days {
                let run = try openRun(database, asOf: date)
                try record(database, run, "often", "warn", often)
                try record(database, run, "rarely", "fail", rarely)
            }
            // A run for an earlier date takes its place; of two runs for one, the last counts.
            let again = try openRun(database, asOf: "2024-03-03")
            try record(database, again, "often", "warn", 7)
            try database.execute(
                """
                insert into monitor.check_settings (check_name, is_enabled, reason)
                values ('rarely', false, 'noise')
                """)
            #expect(
                try database.table(
                    """
                    select check_name, severity, is_enabled, as_of_date, outcome, violation_count,
                        failing_since_date, failing_date_count, last_passed_date, outcomes, date_count
                    from monitor.check_history order by 1
                    """) == [
                        "(often,warn,t,2024-03-05,warned,4,2024-03-02,4,2024-03-01,\"{passed,warned,warned,warned,warned}\",5)",
                        "(rarely,fail,f,2024-03-05,passed,0,,0,2024-03-05,\"{failed,failed,failed,failed,passed}\",5)",
                    ])
        }
    }
}
