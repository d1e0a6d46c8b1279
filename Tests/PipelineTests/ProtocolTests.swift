import Postgres
import PostgresTestSupport
import Testing

/// What the protocols of evaluation learn and measure, on the planted world.
@Suite struct ProtocolTests {
    private static let leaveOneOut = Nightly.with([
        "protocol": "leave_one_out", "models": "[evaluation]",
    ]).only(["features", "train", "evaluate"])

    /// Checksum of the newest evaluation model.
    private func checksum(_ connection: Connection) throws -> String {
        try connection.value(
            """
            select artefact_checksum from model.models
            where kind = 'two_tower' and purpose = 'evaluation' order by model_id desc limit 1
            """)
    }

    private func figure(_ name: String, _ connection: Connection) throws -> Double {
        try connection.value(
            Query(
                text: """
                    select value from model.metrics inner join model.models using (model_id)
                    where cohort = 'all' and kind || ' ' || metric_name = '\(name)'
                    order by model_id desc limit 1
                    """))
    }

    /// Points the last or an earlier positive of every user at another item that the user has not
    /// liked. All that the user did with it moves: an item liked twice stands once, at its last place.
    ///
    /// - Parameter place: Counted from the newest, from 1.
    private func movePositives(_ place: Int, _ connection: Connection) throws {
        try connection.execute(
            Query(
                text: """
                    with positives as (
                        select user_id, item_id, max(occurred_at) as occurred_at
                        from source.interactions where action_id in (3, 8) group by 1, 2
                    ), placed as (
                        select *, row_number() over (
                            partition by user_id order by occurred_at desc, item_id desc) as place
                        from positives
                    ), others as (
                        select p.user_id, p.item_id, (
                            select min(v.item_id) from source.item_versions as v
                            where not exists (
                                select from positives as l
                                where l.user_id = p.user_id and l.item_id = v.item_id)
                                and v.item_id > 502) as other_id
                        from placed as p where p.place = \(place)
                    )
                    update source.interactions as i set item_id = o.other_id
                    from others as o
                    where i.user_id = o.user_id and i.item_id = o.item_id
                        and i.action_id in (3, 8)
                    """))
    }

    @Test func `leave-one-out finds what was planted`() throws {
        try Databases.withWorld { connection, uri throws in
            try Self.leaveOneOut.run(on: uri)
            let (learned, popular) = try (
                figure("two_tower recall", connection), figure("popularity recall", connection)
            )
            #expect(learned > 2 * popular)
            let protocols = try connection.query(
                "select distinct protocol from model.metrics", as: String.self)
            #expect(protocols == ["leave one out: last positive, known at 2024-03-25"])
            // Terms of the blend count the events that are held out.
            let kinds = try connection.query(
                """
                select distinct kind from model.metrics inner join model.models using (model_id)
                order by 1
                """, as: String.self)
            #expect(kinds == ["item_cosine", "popularity", "two_tower"])
            let users = try connection.value(
                """
                select count(*) from (
                    select user_id from source.interactions where action_id in (3, 8)
                    group by user_id having count(distinct item_id) >= 6) as u
                """, as: Int64.self)
            #expect(
                try connection.value(
                    """
                    select distinct user_count from model.metrics
                    where cohort = 'all' and metric_name = 'recall'
                    """, as: Int64.self) == users)
        }
    }

    @Test func `leave-one-out never sees its test`() throws {
        let before = try Databases.withWorld { connection, uri throws in
            try Self.leaveOneOut.run(on: uri)
            return try (checksum(connection), figure("two_tower ndcg", connection))
        }
        try Databases.withWorld { connection, uri throws in
            try movePositives(1, connection)
            try Self.leaveOneOut.run(on: uri)
            #expect(try checksum(connection) == before.0)
            #expect(try figure("two_tower ndcg", connection) != before.1)
        }
        try Databases.withWorld { connection, uri throws in
            try movePositives(2, connection)
            try Self.leaveOneOut.run(on: uri)
            #expect(try checksum(connection) != before.0)
        }
    }

    @Test func `the validation of leave-one-out sees neither itself nor the test`() throws {
        var job = Self.leaveOneOut
        job.settings["held_out"] = "validation"
        let before = try Databases.withWorld { connection, uri throws in
            try job.run(on: uri)
            return try (checksum(connection), figure("two_tower ndcg", connection))
        }
        try Databases.withWorld { connection, uri throws in
            try movePositives(1, connection)
            try job.run(on: uri)
            #expect(try checksum(connection) == before.0)
            #expect(try figure("two_tower ndcg", connection) == before.1)
        }
        try Databases.withWorld { connection, uri throws in
            try movePositives(2, connection)
            try job.run(on: uri)
            #expect(try checksum(connection) == before.0)
            #expect(try figure("two_tower ndcg", connection) != before.1)
        }
    }

    @Test func `the validation of a time split ends where its test begins`() throws {
        try Databases.withWorld { connection, uri throws in
            let settings = [
                "held_out": "validation", "holdout_days": "4", "models": "[evaluation]",
            ]
            try Nightly.with(settings).only(["features", "train", "evaluate"]).run(on: uri)
            let protocols = try connection.query(
                "select distinct protocol from model.metrics", as: String.self)
            #expect(protocols == ["time split at 2024-03-17, held out until 2024-03-21"])
            let before = try (checksum(connection), figure("two_tower ndcg", connection))
            try connection.execute(
                """
                delete from source.interactions where known_at >= '2024-03-21 00:00 UTC'
                """)
            try Nightly.with(settings).only(["train", "evaluate"]).run(on: uri)
            #expect(try checksum(connection) == before.0)
            #expect(try figure("two_tower ndcg", connection) == before.1)
        }
    }

    @Test func `what a user liked comes back where known items are not excluded`() throws {
        try Databases.withWorld { connection, uri throws in
            var job = Self.leaveOneOut
            try job.run(on: uri)
            let excluded = try figure("two_tower ndcg", connection)
            job.evaluation["excludes_known"] = "false"
            try job.run(on: uri)
            #expect(try figure("two_tower ndcg", connection) < excluded)
        }
    }

    @Test func `numbers of items may be left out of a nightly job`() throws {
        try Databases.withWorld { connection, uri throws in
            try Nightly.with(["item_numbers": "none"]).run(on: uri)
            let dates = try connection.query(
                "select distinct as_of_date from feature.item_snapshots order by 1",
                as: PostgresDate.self)
            #expect(dates == [PlantedWorld.date.advanced(by: -7), PlantedWorld.date])
            let (learned, popular) = try (
                figure("two_tower recall", connection), figure("popularity recall", connection)
            )
            #expect(learned > 2 * popular)
            let lists = try connection.value(
                "select count(distinct user_id) from serving.current_recommendations",
                as: Int64.self)
            #expect(lists == 240)
        }
    }
}
