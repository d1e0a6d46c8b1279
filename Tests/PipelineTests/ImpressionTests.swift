import Pipeline
import Postgres
import Testing

/// Negatives from what users were shown, through the job.
@Suite struct ImpressionTests {
    @Test func `the towers train on impressions, and the model says how negatives did`() throws {
        try Databases.withWorld { connection, uri throws in
            func samplers(_ nightly: Nightly) throws -> [String] {
                let run = try nightly.only(["features", "train"]).run(on: uri)
                return try connection.query(
                    """
                    select s.value ->> 'source', (s.value ->> 'draws')::bigint > 0,
                        (s.value ->> 'false_negatives')::bigint > 0,
                        (s.value ->> 'false_negative_rate')::float8
                    from model.models as m
                    cross join jsonb_array_elements(m.training -> 'samplers') as s (value)
                    where m.run_id = \(run) and m.purpose = 'serving'
                    order by 1
                    """, as: (String, Bool, Bool, Double).self
                ).map { source, isDrawn, isFalse, rate in
                    #expect(rate >= 0 && rate < 1)
                    return "\(source) \(isDrawn) \(isFalse)"
                }
            }
            var nightly = Nightly()
            #expect(try samplers(nightly) == ["full_catalogue true true"])
            nightly.settings["impression_length"] = "50"
            nightly.training["impression_negatives"] = "3"
            nightly.training["impression_weight"] = "5"
            #expect(
                try samplers(nightly) == ["full_catalogue true true", "impressions true false"])
            let hashes = try connection.value(
                "select count(distinct data_hash) from model.models where purpose = 'serving'",
                as: Int64.self)
            #expect(hashes == 2, "impressions are among what the model learns from")
        }
    }
}
