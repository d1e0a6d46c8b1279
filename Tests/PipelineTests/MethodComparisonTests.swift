import Postgres
import Testing

/// What would be published against the two-tower alone and the baselines, user by user.
@Suite struct MethodComparisonTests {
    /// Comparisons that do not fit the figures of the methods, or an interval without its difference.
    private static let misfits = """
        select c.other_kind || ' ' || c.cohort || ' ' || c.metric_name
        from monitor.method_comparisons as c
        left join model.metrics as a on a.model_id = c.model_id
            and (a.protocol, a.cohort, a.metric_name, a.cutoff, a.user_count)
                = (c.protocol, c.cohort, c.metric_name, c.cutoff, c.user_count)
        left join model.metrics as b on b.model_id = c.other_model_id
            and (b.protocol, b.cohort, b.metric_name, b.cutoff, b.user_count)
                = (c.protocol, c.cohort, c.metric_name, c.cutoff, c.user_count)
        where (abs(a.value - c.value) < 1e-9 and abs(b.value - c.other_value) < 1e-9
            and abs(c.value - c.other_value - c.difference) < 1e-6
            and c.difference between c.lower_bound and c.upper_bound) is not true
        """

    private func compared(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select concat_ws(' ', run_id, kind, other_kind, metric_name, cutoff)
            from monitor.method_comparisons where cohort = 'all' order by 1
            """, as: String.self)
    }

    @Test func `the funnel is compared with every other method`() throws {
        try Databases.withWorld { connection, uri throws in
            // Users without a history, of whom something is held out.
            try connection.execute(
                """
                insert into source.interactions
                    (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
                select u.user_id, 502, 3, '2024-03-20 12:00+00', 0, '2024-03-20 12:00+00', 2
                from unnest(\(PlantedWorld().idleUsers)) as u (user_id)
                """)
            try Nightly.only(["features", "train", "evaluate"]).run(on: uri)
            #expect(
                try compared(connection) == [
                    "1 funnel item_cosine ndcg 10", "1 funnel item_cosine recall 10",
                    "1 funnel popularity ndcg 10", "1 funnel popularity recall 10",
                    "1 funnel two_tower ndcg 10", "1 funnel two_tower recall 10",
                ])
            #expect(try connection.query(Query(text: Self.misfits), as: String.self) == [])
            // All, the cohorts of activity and newcomers.
            #expect(
                try connection.query(
                    """
                    select distinct cohort from monitor.method_comparisons
                    except
                    select distinct cohort from model.metrics
                    """, as: String.self) == [])
            #expect(
                try connection.value(
                    "select count(*) from monitor.method_comparisons where cohort = 'new_users'",
                    as: Int64.self) == 6)
        }
    }

    @Test func `without a funnel the two-tower is compared with the baselines`() throws {
        try Databases.withWorld { connection, uri throws in
            let job = Nightly.with(["protocol": "leave_one_out", "models": "[evaluation]"])
            try job.only(["features", "train", "evaluate"]).run(on: uri)
            let found = [
                "two_tower item_cosine ndcg 10", "two_tower item_cosine recall 10",
                "two_tower popularity ndcg 10", "two_tower popularity recall 10",
            ]
            #expect(try compared(connection) == found.map { "1 \($0)" })
            #expect(try connection.query(Query(text: Self.misfits), as: String.self) == [])
        }
    }

    @Test func `where the time of an evaluation went is a view`() throws {
        try Databases.withWorld { connection, uri throws in
            try Nightly.only(["features", "train", "evaluate"]).run(on: uri)
            let stages = try connection.query(
                """
                select stage from monitor.step_stages
                where step_name = 'evaluate' and seconds >= 0 and user_count > 0 order by stage
                """, as: String.self)
            for stage in ["read", "two_tower", "popular", "rerank", "measure", "compare"] {
                #expect(stages.contains(stage), "\(stage) of \(stages)")
            }
        }
    }
}
