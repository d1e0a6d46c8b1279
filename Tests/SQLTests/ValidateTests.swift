import Postgres
import SQLCatalog
import Testing

/// Every check finds what it is for, and is silent on good data. The date is 2024-03-29.
@Suite struct ValidateTests {
    private static let arguments = SQLDatabase.arguments(asOf: day("2024-03-29"))

    static let checks: [String] = {
        guard let catalog = try? SQLCatalog.locate(), let names = try? catalog.names(in: "validate")
        else { return [] }
        return names.filter { name in
            (try? catalog.script(name).header.fields["Check"]) != nil
        }
    }()

    /// Users 1 to 3, items 10 to 12, 6 events on each of the 30 days before the date.
    private func withGoodData(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database in
            try database.addUsers(1...3, knownAt: "2024-01-01")
            try database.addItems(
                """
                (10, '2024-01-01', 5, '{a}', true), (11, '2024-01-01', 5, '{a}', true),
                (12, '2024-01-01', 6, '{b}', false)
                """)
            try database.execute(
                """
                select source.ensure_interaction_partitions('2024-02-01', '2024-04-30');
                insert into source.interactions
                    (user_id, item_id, action_id, occurred_at, event_key, value, known_at, import_id)
                select u, 9 + u, a, m, 0, case when a = 9 then 86400 end, m, 1
                from generate_series(1, 3) as u
                cross join unnest(array[2, 9]) as a
                cross join generate_series(
                    timestamptz '2024-02-28', timestamptz '2024-03-28', interval '1 day') as m;
                insert into source.interactions
                    (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
                values (1, 10, 3, '2024-03-01', 0, '2024-03-01', 1);
                insert into source.imports
                    (source_name, target, mapping, status, read_count, rejected_count, started_at, finished_at)
                values ('a', 'users', '{}', 'loaded', 1000, 10, '2024-03-28', '2024-03-28'),
                    ('old', 'users', '{}', 'failed', 10, 10, '2024-03-01', '2024-03-01')
                """)
            try body(database)
        }
    }

    @Test func `every check has a case below`() {
        #expect(
            Set(Self.checks.map { String($0.dropFirst("validate/".count)) })
                == Set(Self.bad.map(\.check)))
    }

    @Test(arguments: checks) func `a check is silent on good data`(check: String) throws {
        try withGoodData { database in
            let found = try database.table(script: check, Self.arguments)
            #expect(found == [])
        }
    }

    /// A change that makes the data bad, and what the check then says.
    static let bad: [(check: String, change: String, rows: [String])] = [
        (
            "interactions_are_there", "delete from source.interactions",
            ["(source.interactions,\"no interaction was known before the date\",1)"]
        ),
        (
            "interactions_are_there",
            "delete from source.interactions where known_at < '2024-03-29'; insert into source.interactions (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id) values (1, 10, 3, '2024-03-01', 9, '2024-03-29', 1)",
            ["(source.interactions,\"no interaction was known before the date\",1)"]
        ),
        (
            "items_are_there", "delete from source.item_versions",
            ["(source.items,\"no available item was known before the date\",1)"]
        ),
        (
            "items_are_there", "update source.item_versions set is_available = false",
            ["(source.items,\"no available item was known before the date\",1)"]
        ),
        (
            // All were removed before the date, and came back after it.
            "items_are_there",
            """
            insert into source.item_versions
                (item_id, known_at, kind, is_available, attributes, content_hash, import_id)
            select i, m.known_at, 'post', m.is_available, '{}', 0, 1
            from generate_series(10, 12) as i
            cross join (values (timestamptz '2024-03-28', false), ('2024-03-29', true))
                as m (known_at, is_available)
            """,
            ["(source.items,\"no available item was known before the date\",1)"]
        ),
        (
            "publication_is_not_later",
            """
            insert into serving.publications
                (run_id, as_of_date, model_id, weights_version, status, published_at)
            values (1, '2024-03-30', 1, 1, 'published', '2024-03-30');
            insert into serving.pointer (publication_id, flipped_at)
            select publication_id, '2024-03-30' from serving.publications
            """,
            ["(2024-03-30,\"a publication as of a later date is current\",1)"]
        ),
        (
            "positives_are_there", "delete from source.interactions where action_id in (2, 3)",
            ["(source.interactions,\"no positive event was known before the date\",1)"]
        ),
        (
            "positives_are_there",
            "update source.actions set action_name = 'love' where action_id = 3",
            ["(like,\"no such action in source.actions\",1)"]
        ),
        (
            "positives_are_there",
            "update source.actions set label_weight = 0 where action_id in (2, 3)",
            [
                "(click,\"its label weight is not above 0\",1)",
                "(like,\"its label weight is not above 0\",1)",
            ]
        ),
        (
            "interactions_are_fresh",
            "delete from source.interactions where known_at > '2024-03-26'",
            ["(source.interactions,\"the newest interaction became known on 2024-03-26\",2)"]
        ),
        (
            "interactions_are_of_known_items",
            "delete from source.item_versions where item_id in (10, 11)",
            ["(10,\"item is not in source.items\",57)", "(11,\"item is not in source.items\",56)"]
        ),
        (
            "interactions_are_of_known_users", "delete from source.user_versions where user_id = 2",
            ["(2,\"user is not in source.users\",56)"]
        ),
        (
            "watch_times_are_plausible",
            "update source.interactions set value = case user_id when 1 then -1 when 2 then 86401 else value end where action_id = 9 and occurred_at = '2024-03-20'",
            [
                "(10,\"watch time below 0 or above 86,400 seconds\",1)",
                "(11,\"watch time below 0 or above 86,400 seconds\",1)",
            ]
        ),
        (
            "duplicates_are_few",
            "update source.interactions set repeat_count = 3 where known_at = '2024-03-20'",
            ["(2024-03-20,\"rows that stood more than once\",12)"]
        ),
        (
            "daily_volume_is_usual",
            "delete from source.interactions where known_at >= '2024-03-28'",
            ["(2024-03-28,\"0 interactions, where 6 are usual\",6)"]
        ),
        (
            "daily_volume_is_usual",
            "delete from source.interactions where known_at >= '2024-03-28' and action_id = 2 or known_at >= '2024-03-28' and user_id > 1",
            ["(2024-03-28,\"1 interactions, where 6 are usual\",5)"]
        ),
        (
            "daily_volume_is_usual",
            """
            insert into source.interactions
                (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
            select 1, 10, 2, '2024-03-28', k, '2024-03-28', 1 from generate_series(1, 13) as k
            """,
            ["(2024-03-28,\"19 interactions, where 6 are usual\",13)"]
        ),
        (
            "imports_are_clean",
            "update source.imports set rejected_count = 11 where source_name = 'a'",
            ["(1,\"import refused more than 1 % of its records\",11)"]
        ),
        (
            "imports_are_clean",
            "update source.imports set status = 'failed', rejected_count = 0 where source_name = 'a'",
            ["(1,\"import failed\",1)"]
        ),
        (
            "imports_are_clean",
            "update source.imports set status = 'running', finished_at = null where source_name = 'a'",
            ["(1,\"import did not end\",10)"]
        ),
    ]

    @Test(arguments: bad) func `a check finds what it is for`(
        check: String, change: String, rows: [String]
    ) throws {
        try withGoodData { database in
            try database.execute(change)
            #expect(try database.table(script: "validate/\(check)", Self.arguments) == rows)
        }
    }

    @Test(arguments: [
        // Two days are waited for; a volume of a third or of three times is usual.
        ("interactions_are_fresh", "delete from source.interactions where known_at > '2024-03-27'"),
        (
            "daily_volume_is_usual",
            "delete from source.interactions where known_at >= '2024-03-28' and user_id > 1"
        ),
        (
            "daily_volume_is_usual",
            "delete from source.interactions where known_at between '2024-02-28' and '2024-03-20'"
        ),
        (
            "imports_are_clean",
            "update source.imports set status = 'running', finished_at = null, started_at = clock_timestamp() where source_name = 'a'"
        ),
        // An item that was known in time is there, even if more was said of it since.
        (
            "items_are_there",
            "insert into source.item_versions (item_id, known_at, kind, attributes, content_hash, import_id) select i, '2024-04-01', 'post', '{}', 0, 1 from generate_series(10, 12) as i"
        ),
    ]) func `a check bears what is usual`(check: String, change: String) throws {
        try withGoodData { database in
            try database.execute(change)
            #expect(try database.table(script: "validate/\(check)", Self.arguments) == [])
        }
    }

    @Test func `results are stored, read as a report, and cleared for another attempt`() throws {
        try SQLDatabase.with { database in
            let run = try database.connection.value(
                try database.catalog.script("run/create_run").query([
                    "job_name": Bind("nightly"), "as_of_date": Bind(day("2024-03-29")),
                    "parameters": Bind(JSONB("{}")), "code_version": Bind("1"),
                    "host_name": Bind("h"), "process_id": Bind(Int32(1)),
                ]), as: Int64.self)
            for (check, severity, count) in [("a", "warn", 0), ("b", "warn", 2), ("c", "fail", 1)] {
                try database.run(
                    "validate/record_result",
                    [
                        "run_id": Bind(run), "check_name": Bind(check), "severity": Bind(severity),
                        "violation_count": Bind(Int64(count)), "sample": Bind(JSONB("[]")),
                    ])
            }
            let query = "select check_name, outcome, violation_count from monitor.checks order by 1"
            #expect(try database.table(query) == ["(a,passed,0)", "(b,warned,2)", "(c,failed,1)"])
            try database.run("validate/clear_results", ["run_id": Bind(run)])
            #expect(try database.table(query) == [])
        }
    }
}
