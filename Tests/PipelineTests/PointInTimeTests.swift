import Jobs
import Pipeline
import Postgres
import Testing

/// No leak from the future, and no difference between what trains and what serves.
@Suite struct PointInTimeTests {
    /// Likes that happened before the date and became known on it: as an import writes what comes late.
    private static let lateRows = """
        insert into source.interactions
            (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
        select u.user_id, i.item_id, 3, '2024-03-20 12:00+00', 0, '2024-03-25 00:00+00', 2
        from source.users as u cross join source.items as i
        where u.user_id % 5 = 0 and i.item_id % 3 = 0
        """

    @Test func `rows known later change neither data hash nor model nor lists of the date`() throws
    {
        try Databases.withWorld { connection, uri throws in
            let added = try connection.execute(Query(text: Self.lateRows))
            #expect(added > 1_000)
            try connection.script(
                """
                insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
                select user_id, '2024-03-25 00:00+00', '{"device": "watch"}', 1, 2 from source.users;
                insert into source.item_versions
                    (item_id, known_at, kind, is_available, tags, attributes, content_hash, import_id)
                select item_id, '2024-03-25 00:00+00', 'reel', is_available, '{changed}', '{}', 1, 2
                from source.items where item_id % 2 = 0;
                """)
            try Nightly().run(on: uri)
            let expected = try Databases.undisturbed()
            #expect(try Checksums(connection) == expected)
            #expect(
                try hashes(connection)
                    == Databases.withPublication { other, _ in try hashes(other) })
        }
    }

    @Test func `an item removed after the date is learnt from, and recommended to nobody`() throws {
        try Databases.withWorld { connection, uri throws in
            try connection.script(
                """
                insert into source.item_versions
                    (item_id, known_at, creator_id, kind, is_available, tags, attributes, content_hash,
                     import_id)
                select item_id, '2024-03-25 00:00+00', creator_id, kind, false, tags, attributes, 1, 2
                from source.items where item_id % 4 = 0;
                """)
            try Nightly().run(on: uri)
            #expect(try Checksums(connection).models == Databases.undisturbed().models)
            let shown = try connection.value(
                """
                select count(*) from (
                    select unnest(item_ids) as item_id from serving.recommendation_lists
                    union all select unnest(similar_item_ids) from serving.similar_item_lists
                    union all select item_id from serving.fallbacks
                ) as s
                where s.item_id % 4 = 0
                """, as: Int64.self)
            #expect(shown == 0)
            // Sources know what was known; the filter knows at once.
            let proposed = try connection.query(
                """
                select e.reason
                from serving.candidate_lists as l
                inner join serving.candidate_fates as f using (publication_id, user_id, source_id)
                cross join lateral unnest(l.item_ids, f.fate_ids) as r (item_id, fate_id)
                inner join serving.fates as e using (fate_id)
                where r.item_id % 4 = 0 group by e.reason
                """, as: String.self)
            #expect(Set(proposed).isSubset(of: ["removed", "duplicate"]))
        }
    }

    @Test func `rows that come after the run do not change the date when it is run again`() throws {
        try Databases.withPublication { connection, uri throws in
            let before = (try Checksums(connection), try hashes(connection))
            try connection.execute(Query(text: Self.lateRows))
            // Snapshots are built anew as well, from the days that are closed.
            try connection.script("delete from feature.snapshots")
            try Nightly().run(on: uri)
            #expect(try Checksums(connection) == before.0)
            #expect(try hashes(connection) == before.1)
        }
    }

    @Test func `the next date learns from what came late`() throws {
        try Databases.withPublication { connection, uri throws in
            let before = try hashes(connection)
            try connection.execute(Query(text: Self.lateRows))
            try Nightly().run(on: uri, date: PlantedWorld.date.advanced(by: 1))
            #expect(try hashes(connection) != before)
            let counted = try connection.value(
                """
                select sum(event_count) from feature.item_action_days
                where known_date = '2024-03-25' and occurred_date = '2024-03-20'
                """, as: Int64.self)
            #expect(counted > 1_000)
        }
    }

    @Test func `days aggregated one by one are the days aggregated at once`() throws {
        let tables = ["item_snapshots", "user_snapshots", "user_histories", "item_action_windows"]
        func content(_ connection: Connection) throws -> [Int64] {
            try tables.map { table in
                try connection.value(
                    Query(
                        text: """
                            select coalesce(sum(hashtextextended(t::text, 0) / 1000000), 0)::bigint
                            from feature.\(table) as t where as_of_date = '2024-03-25'
                            """), as: Int64.self)
            }
        }
        let atOnce = try Databases.withPublication { connection, _ throws in try content(connection)
        }
        try Databases.withWorld { connection, uri throws in
            let features = Nightly.only(["features"])
            for daysBefore in [9, 4, 1, 0] {
                try features.run(on: uri, date: PlantedWorld.date.advanced(by: -daysBefore))
            }
            #expect(try content(connection) == atOnce)
        }
    }

    @Test(arguments: [
        """
        update feature.item_snapshots set positive_count_28d = positive_count_28d + 1
        where as_of_date = '2024-03-25' and mod(item_id, 64) = mod(date '2024-03-25' - date '2000-01-01', 64)
        """,
        """
        update feature.user_histories
        set item_ids = item_ids[2:], occurred_dates = occurred_dates[2:], weights = weights[2:]
        where as_of_date = '2024-03-25' and cardinality(item_ids) > 1
        """,
        """
        delete from feature.user_histories where as_of_date = '2024-03-18'
        """,
    ])
    func `a snapshot that was tampered with fails the run`(tampering: String) throws {
        try Databases.withPublication { connection, uri throws in
            let before = try Checksums(connection)
            #expect(try connection.execute(Query(text: tampering)) > 0)
            let error = #expect(throws: JobError.self) { try Nightly().run(on: uri) }
            let message = "\(error!)"
            #expect(message.hasPrefix("step features failed: features of 2024-03-"))
            #expect(message.contains("differ from the interactions"))
            #expect(message.contains("HINT:  delete from feature.days and feature.snapshots"))
            #expect(try Checksums(connection).publication == before.publication)
            // What the hint says helps.
            try connection.script("delete from feature.days; delete from feature.snapshots")
            try Nightly().run(on: uri)
            #expect(try Checksums(connection).publication == before.publication)
        }
    }

    private func hashes(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select data_hash from model.models
            where kind = 'two_tower' and run_id = (select max(run_id) from ops.runs)
            order by purpose
            """, as: String.self)
    }
}
