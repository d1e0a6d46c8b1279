import Postgres
import PostgresTestSupport
import Testing

/// Drift as the job sees it: a night after the one on which the model was trained.
@Suite struct DriftTests {
    private static let yesterday = PlantedWorld.date.advanced(by: -1)

    /// The planted world with a model of yesterday, and another night.
    ///
    /// - Parameters:
    ///   - disturb: What happens to the data before that night.
    ///   - spoil: What happens to what the night has made before it is looked at.
    private func withTwoNights<Result>(
        _ disturb: String = "", spoil: String = "", _ body: (Connection) throws -> Result
    ) throws -> Result {
        let template = try TestServer.template("drift") { connection throws in
            try Databases.fill(connection)
            // A number that means something to nobody but the test.
            try connection.script(
                """
                update source.user_versions
                set attributes = attributes || jsonb_build_object('price', 5 + user_id % 37)
                """)
            try Nightly().run(
                on: try TestServer.uri(database: connection.database), date: Self.yesterday)
        }
        return try TestServer.withDatabase(template: template) { connection, uri in
            try connection.script(disturb)
            if !spoil.isEmpty {
                _ = try? Nightly.serving().run(on: uri, before: "monitor")
                try connection.script(spoil)
            }
            try Nightly.serving().run(on: uri)
            return try body(connection)
        }
    }

    private func drifted(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select distinct subject || '.' || feature from monitor.feature_drift
            where is_drifted order by 1
            """, as: String.self)
    }

    /// A new version of every user's attributes, known on the day before the night.
    private func newAttributes(_ expression: String) -> String {
        """
        insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
        select user_id, '2024-03-24 12:00+00', \(expression), content_hash + 1000, 2
        from source.user_versions
        """
    }

    @Test func `an undisturbed night is compared in full and nothing drifts`() throws {
        try withTwoNights { connection throws in
            let found = try drifted(connection)
            #expect(found == [])
            let kinds = try connection.query(
                """
                select subject || ' ' || kind from monitor.drift group by subject, kind order by 1
                """, as: String.self)
            #expect(
                kinds == [
                    "item_attributes category", "item_embeddings embedding",
                    "item_embeddings numeric", "item_snapshots numeric", "labels rate",
                    "scores numeric", "user_attributes category", "user_attributes numeric",
                    "user_embeddings embedding", "user_embeddings numeric",
                    "user_snapshots category", "user_snapshots numeric",
                ])
            let measured = try connection.query(
                """
                select m.value, (select count(distinct (d.subject, d.feature)) from monitor.drift as d)
                from monitor.measures as m
                where m.run_id = 2 and m.measure_name = 'compared_features' and m.subject = 'all'
                """, as: (Double, Int64).self)
            #expect(measured.count == 1 && measured[0].0 == Double(measured[0].1))
            #expect(
                try connection.value(
                    "select value from monitor.measures where run_id = 2 and measure_name = 'drifted_features' and subject = 'all'",
                    as: Double.self) == 0)
        }
    }

    @Test func `what a model learned tonight is not what tonight is judged by`() throws {
        try withTwoNights { connection throws in
            #expect(
                try connection.value(
                    "select bool_and(reference_date < as_of_date) from monitor.drift", as: Bool.self
                ))
            // The first night had nothing to compare with, and said so.
            #expect(
                try connection.value(
                    "select value from monitor.measures where run_id = 1 and measure_name = 'compared_features'",
                    as: Double.self) == 0)
        }
    }

    @Test func `a column that turns null drifts`() throws {
        try withTwoNights(newAttributes("attributes - 'device'")) { connection throws in
            let found = try drifted(connection)
            #expect(found.contains("user_attributes.device"))
            // The towers read it: what they make of users follows, and nothing else.
            let others = found.filter {
                !$0.hasPrefix("user_embeddings") && !$0.hasPrefix("scores")
            }
            #expect(others == ["user_attributes.device"])
            let share = try connection.value(
                """
                select value from monitor.feature_drift
                where feature = 'device' and statistic = 'missing_share'
                """, as: Double.self)
            #expect(abs(share - 0.9) < 1e-9)
        }
    }

    @Test func `a feature in another currency drifts`() throws {
        let change = newAttributes(
            "attributes || jsonb_build_object('price', 100 * (attributes ->> 'price')::integer)")
        try withTwoNights(change) { connection throws in
            #expect(try drifted(connection) == ["user_attributes.price"])
            let statistics = try connection.query(
                """
                select statistic from monitor.feature_drift
                where feature = 'price' and is_drifted order by 1
                """, as: String.self)
            #expect(
                statistics == ["jensen_shannon", "kolmogorov_smirnov", "psi", "wasserstein"])
        }
    }

    @Test func `a label that stops arriving drifts on the first night`() throws {
        let stop = """
            delete from source.interactions
            where action_id = 8 and occurred_at >= '2024-03-24 00:00+00'
            """
        try withTwoNights(stop) { connection throws in
            #expect(try drifted(connection).contains("labels.long_view"))
            #expect(try !drifted(connection).contains("labels.like"))
        }
    }

    @Test func `embeddings that collapse drift`() throws {
        let collapse = """
            update model.user_vectors set components = (
                select v.components from model.user_vectors as v order by v.user_id limit 1)
            """
        try withTwoNights(spoil: collapse) { connection throws in
            let found = try drifted(connection)
            #expect(found == ["user_embeddings.embedding", "user_embeddings.norm"])
        }
    }

    @Test func `a run taken up again writes its drift once, and a reference never changes`() throws
    {
        try withTwoNights(spoil: "select 1") { connection throws in
            let references = try connection.query(
                """
                select count(*), count(distinct (space_id, subject, feature, kind)), max(as_of_date)
                from monitor.drift_references
                """, as: (Int64, Int64, PostgresDate).self)[0]
            #expect(references.0 == references.1 && references.2 == Self.yesterday)
        }
    }

    @Test func `a floor of no effect is refused`() throws {
        try Databases.withSchema { connection, _ throws in
            let error = #expect(throws: PostgresError.self) {
                try connection.execute("update monitor.drift_settings set smallest_effect = 0")
            }
            #expect(error?.sqlState?.rawValue == "23514")
        }
    }
}
