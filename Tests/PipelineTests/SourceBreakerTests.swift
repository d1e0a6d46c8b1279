import Jobs
import Pipeline
import Postgres
import Synchronization
import Testing

/// The funnel goes on without a source that fails, and without any.
@Suite struct SourceBreakerTests {
    private static var serving: Nightly {
        var nightly = Nightly.serving()
        nightly.retrieval["source_failures"] = "2"
        nightly.retrieval["source_retry_days"] = "2"
        return nightly
    }

    private func usersWithoutRows(_ connection: Connection) throws -> Int64 {
        try connection.value(
            """
            select count(*) from source.users as u
            where not exists (
                select from serving.current_recommendations as r where r.user_id = u.user_id)
            """, as: Int64.self)
    }

    private func run(_ days: Int, on uri: String) throws -> [String] {
        let lines = Mutex<[String]>([])
        try Self.serving.run(on: uri, date: PlantedWorld.date.advanced(by: days)) { event in
            if case .progress("retrieve", let line) = event { lines.withLock { $0.append(line) } }
        }
        return lines.withLock { $0 }
    }

    private func leftOut(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select s.source_name || ' ' || p.left_out_reason
            from serving.publication_sources as p
            inner join serving.sources as s using (source_id)
            where p.publication_id = (select publication_id from serving.pointer)
                and p.left_out_reason is not null
            """, as: String.self)
    }

    private func breakers(_ connection: Connection) throws -> [String] {
        try connection.query(
            "select concat_ws(' ', breaker_name, failure_count, opened_on) from ops.breakers",
            as: String.self)
    }

    @Test func `a source that raises is asked twice, left out, and after two runs not asked`()
        throws
    {
        try Databases.withPublication { connection, uri throws in
            try connection.execute(
                """
                update serving.sources
                set parameters = '{"owed_exposures": "many", "owed_hours": 72, "arrears_days": 60}'
                where source_name = 'fresh'
                """)
            let lines = try run(1, on: uri)
            #expect(lines.count { $0.hasPrefix("source fresh is asked again: ") } == 1)
            #expect(lines.count { $0.hasPrefix("source fresh is left out: ") } == 1)
            #expect(!lines.contains { $0.contains("many") })
            #expect(try leftOut(connection) == ["fresh failed"])
            #expect(try breakers(connection) == ["source/fresh 1"])
            #expect(try usersWithoutRows(connection) == 0)
            let others = try connection.value(
                """
                select count(distinct source_id) from serving.candidate_lists
                where publication_id = (select publication_id from serving.pointer)
                """, as: Int64.self)
            #expect(others >= 5)
            // Twice in a row: open.
            _ = try run(2, on: uri)
            #expect(try breakers(connection) == ["source/fresh 2 2024-03-27"])
            #expect(try leftOut(connection) == ["fresh failed"])
            let silent = try run(3, on: uri)
            #expect(!silent.contains { $0.contains("fresh") })
            #expect(try leftOut(connection) == ["fresh breaker_open"])
            // After two days it is asked again, has been mended, and counts as sound.
            try connection.execute(
                """
                update serving.sources
                set parameters = '{"owed_exposures": 100, "owed_hours": 72, "arrears_days": 60}'
                where source_name = 'fresh'
                """)
            let again = try run(4, on: uri)
            #expect(again.contains { $0.hasSuffix("from fresh") })
            #expect(try leftOut(connection) == [] && breakers(connection) == [])
        }
    }

    @Test func `one failure between successes opens nothing`() throws {
        try Databases.withPublication { connection, uri throws in
            for (days, parameters) in [(1, "{}"), (2, #"{"rediscovery_days": 14}"#), (3, "{}")] {
                try connection.execute(
                    """
                    update serving.sources set parameters = \(JSONB(parameters))
                    where source_name = 'rediscovered_creators'
                    """)
                _ = try run(days, on: uri)
                #expect(
                    try breakers(connection)
                        == (days == 2 ? [] : ["source/rediscovered_creators 1"]))
            }
        }
    }

    @Test(arguments: ["source_name = 'two_tower'", "true"])
    func `nobody gets nothing without the two-tower, and without any source`(sources: String) throws
    {
        try Databases.withPublication { connection, uri throws in
            try connection.execute(
                Query(text: "update serving.sources set is_enabled = false where \(sources)"))
            _ = try run(1, on: uri)
            #expect(try usersWithoutRows(connection) == 0)
            let kinds = try connection.query(
                """
                select list_kind from monitor.list_kinds
                where publication_id = (select publication_id from serving.pointer)
                """, as: String.self)
            #expect(kinds == [sources == "true" ? "fallback" : "model"])
        }
    }
}
