import Foundation
import Postgres
import Testing

/// Replays of two samples of one distribution: tests of drift alarm as often as they say, at any number of
/// rows, and still see what is there.
///
/// The statements are those of the step; what they read of features is drawn by functions that stand in
/// for `monitor.drift_numbers` and `monitor.drift_categories`, under a subject that is compared with the same
/// model's reference and has no settings of its own.
@Suite struct FalseAlarmTests {
    private static let reference = day("2024-03-01")
    private static let current = day("2024-03-08")

    /// Numbers in three forms (normal, counts with many ties, skewed and missing for one in ten) and
    /// categories with shares from one half to one in a hundred. The first of each takes the shift.
    private static let draws = """
        create table public.draw (row_count integer, feature_count integer, shift float8, moved float8);
        insert into public.draw values (0, 0, 0, 0);

        create or replace function monitor.drift_numbers(
            as_of date, publication bigint, space bigint, subjects text[])
        returns table (subject text, names text[], numbers real[])
        language sql volatile set search_path = pg_catalog, public
        as $draw$
            select 'user_embeddings', n.names, array(
                select case i % 3
                    when 1 then sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())
                        + case when i = 1 then d.shift else 0 end
                    when 2 then floor(-3 * ln(1 - random()))
                    else case when random() < 0.1 then 'NaN' else exp(2 * random() * random()) end
                end
                from generate_series(1, d.feature_count) as i
                where g.row_number > 0
            )::real[]
            from public.draw as d
            cross join lateral (
                select array_agg('number ' || i order by i) as names
                from generate_series(1, d.feature_count) as i
            ) as n
            cross join lateral generate_series(1, d.row_count) as g (row_number)
        $draw$;

        create or replace function monitor.drift_categories(as_of date)
        returns table (subject text, feature text, category text, row_count float8)
        language sql volatile set search_path = pg_catalog, public
        as $draw$
            select 'user_embeddings', 'category ' || c.feature, (c.category)::text, count(*)::float8
            from (
                select i as feature, width_bucket(
                    random() * case when i = 1 and random() < 2 * d.moved then 0.5 else 1 end,
                    array[0.5, 0.75, 0.85, 0.92, 0.97, 0.99]::float8[]) as category
                from public.draw as d
                cross join lateral generate_series(1, d.feature_count) as i
                cross join lateral generate_series(1, d.row_count) as g
            ) as c
            group by c.feature, c.category
            union all
            select 'user_embeddings', '', '', d.row_count from public.draw as d
        $draw$;
        """

    private func withDraws(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with(role: nil) { database in
            try database.execute(Self.draws)
            try database.execute("set local jit = off; select setseed(0.25)")
            try body(database)
        }
    }

    /// Draws a reference, then a night, and compares them.
    private func replay(
        _ number: Int64, rows: Int, features: Int, shift: Double = 0, moved: Double = 0,
        _ database: SQLDatabase
    ) throws {
        let shared: [String: Bind] = [
            "run_id": Bind(number), "space_id": Bind(number), "publication_id": Bind(Int64(-1)),
            "subjects": Bind(["user_embeddings"]),
        ]
        func run(_ scripts: [String], asOf date: PostgresDate) throws {
            let arguments = shared.merging(["as_of_date": Bind(date)]) { $1 }
            for script in scripts { try database.run("monitor/drift/\(script)", arguments) }
        }
        try database.execute(
            "update public.draw set (row_count, feature_count, shift, moved) = (\(rows), \(features), 0, 0)"
        )
        try run(["freeze_numbers", "freeze_categories"], asOf: Self.reference)
        try database.execute("update public.draw set (shift, moved) = (\(shift), \(moved))")
        try run(
            ["observe_numbers", "observe_categories", "compare", "adjust"], asOf: Self.current)
    }

    /// Tests of a statistic, and those with a chance below 5 %.
    private func rejections(
        _ statistic: String, _ kind: String, _ database: SQLDatabase
    ) throws -> (tests: Int, rejected: Int) {
        try database.connection.query(
            Query(
                text: """
                    select count(p_value), count(*) filter (where p_value < 0.05) from monitor.drift
                    where statistic = $1 and kind = $2
                    """, binds: [Bind(statistic), Bind(kind)]), as: (Int, Int).self)[0]
    }

    /// Asserts that alarms come at their nominal rate: within 3.3 deviations of the binomial.
    private func expectNominal(rows: Int, features: Int, replays: Int) throws {
        try withDraws { database in
            for number in 1...replays {
                try replay(Int64(number), rows: rows, features: features, database)
            }
            for (statistic, kind, isExact) in [
                ("psi", "numeric", true), ("psi", "category", true),
                ("jensen_shannon", "numeric", true), ("jensen_shannon", "category", true),
                ("chi_square", "category", true),
                // On bins, and on tied values, it is careful.
                ("kolmogorov_smirnov", "numeric", false),
            ] {
                let (tests, rejected) = try rejections(statistic, kind, database)
                #expect(tests == features * replays)
                let (mean, deviation) = (
                    0.05 * Double(tests), (0.05 * 0.95 * Double(tests)).squareRoot()
                )
                #expect(
                    Double(rejected) <= mean + 3.3 * deviation,
                    "\(statistic) \(kind): \(rejected) of \(tests)")
                if isExact {
                    #expect(
                        Double(rejected) >= mean - 3.3 * deviation,
                        "\(statistic) \(kind): \(rejected) of \(tests)")
                }
            }
            // A run with any alarm, before the floors on effects: one in a hundred.
            let alarmed = try database.connection.value(
                """
                select count(distinct run_id) from monitor.drift
                where adjusted_p_value <= significance
                """, as: Int.self)
            let limit = 0.01 * Double(replays) + 3.3 * (0.01 * 0.99 * Double(replays)).squareRoot()
            #expect(Double(alarmed) <= limit, "\(alarmed) of \(replays) runs")
        }
    }

    @Test func `a thousand rows alarm at the nominal rate`() throws {
        try expectNominal(rows: 1_000, features: 12, replays: 30)
    }

    @Test func `a hundred thousand rows alarm at the nominal rate`() throws {
        try expectNominal(rows: 100_000, features: 9, replays: 3)
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["VITRINE_DRILL"] == "1"))
    func `ten million rows alarm at the nominal rate`() throws {
        try expectNominal(rows: 10_000_000, features: 6, replays: 1)
    }

    @Test func `a fifth of a deviation and five points of a share are seen, and nothing else`()
        throws
    {
        try withDraws { database in
            try replay(1, rows: 100_000, features: 6, shift: 0.2, moved: 0.05, database)
            #expect(
                try database.table(
                    """
                    select feature, string_agg(statistic, ' ' order by statistic) from monitor.drift
                    where is_drifted group by feature order by feature
                    """) == [
                        "(\"category 1\",chi_square)",
                        "(\"number 1\",\"kolmogorov_smirnov wasserstein\")",
                    ])
            let measured = try database.connection.value(
                """
                select value from monitor.drift
                where feature = 'number 1' and statistic = 'wasserstein'
                """, as: Double.self)
            #expect(abs(measured - 0.2) < 0.02)
        }
    }

    @Test func `what is tiny is significant among many rows, and no drift`() throws {
        try withDraws { database in
            try replay(1, rows: 100_000, features: 3, shift: 0.05, database)
            #expect(
                try database.table(
                    """
                    select adjusted_p_value < 1e-6, is_drifted from monitor.drift
                    where feature = 'number 1' and statistic = 'psi'
                    """) == ["(t,f)"])
        }
    }
}
