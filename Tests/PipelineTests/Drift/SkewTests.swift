import Postgres
import PostgresTestSupport
import Testing

/// Served against computed, over two nights with a ranker.
@Suite struct SkewTests {
    private func withTwoNights<Result>(
        _ disturb: String = "", _ body: (Connection) throws -> Result
    ) throws -> Result {
        let template = try TestServer.template("skew") { connection in
            try Databases.fill(connection)
            try Nightly.ranked.run(
                on: try TestServer.uri(database: connection.database),
                date: PlantedWorld.date.advanced(by: -1))
        }
        return try TestServer.withDatabase(template: template) { connection, uri in
            try connection.script(disturb)
            try Nightly.ranked.only(Nightly.servingSteps).run(on: uri)
            return try body(connection)
        }
    }

    private func skew(_ connection: Connection) throws -> [String: Double] {
        Dictionary(
            uniqueKeysWithValues: try connection.query(
                "select measure_name || ' ' || subject, value from monitor.skew where run_id = 2",
                as: (String, Double).self))
    }

    @Test func `what was served is what is computed`() throws {
        try withTwoNights { connection throws in
            let found = try skew(connection)
            for subject in ["recomputed", "recounted"] {
                #expect(found["skew_differing_share \(subject)"] == 0)
                #expect(found["skew_largest_difference \(subject)"]! < 1e-5)
                #expect(found["skew_compared_users \(subject)"]! >= 150)
            }
            #expect(found["skew_without_features users"] == 0)
            #expect(found["skew_without_features items"] == 0)
        }
    }

    @Test func `predictions stand beside what came of them`() throws {
        try withTwoNights { connection throws in
            let found = try skew(connection)
            let (exposures, observed) = try connection.query(
                """
                select count(*), avg(liked::integer)::float8
                from (
                    select user_id, item_id, bool_or(action_id = 3) as liked
                    from source.interactions
                    where occurred_at >= '2024-03-24 00:00+00'
                        and occurred_at < '2024-03-25 00:00+00'
                    group by user_id, item_id
                ) as shown
                inner join serving.recommendations as r using (user_id, item_id)
                where r.as_of_date = '2024-03-24' and r.list_kind = 'model'
                """, as: (Int64, Double).self)[0]
            #expect(exposures > 20)
            #expect(found["skew_exposures like"] == Double(exposures))
            #expect(abs(found["skew_observed_rate like"]! - observed) < 1e-9)
            let predicted = try #require(found["skew_predicted_rate like"])
            #expect(predicted > 0 && predicted < 1)
        }
    }

    @Test func `features that were served otherwise differ, by name`() throws {
        let change = """
            update monitor.served_features
            set numbers[array_position(names, 'events')] = numbers[array_position(names, 'events')] + 1
            where user_id % 2 = 0
            """
        try withTwoNights(change) { connection throws in
            let found = try skew(connection)
            for subject in ["recomputed", "recounted"] {
                #expect(found["skew_differing_share \(subject)"]! > 0)
                let share = try #require(found["skew_differing_share \(subject).events"])
                #expect(share > 0.3 && share < 0.7)
                #expect(found["skew_differing_share \(subject).active_days"] == nil)
            }
        }
    }
}
