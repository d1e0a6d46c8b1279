import Postgres
import SQLCatalog

extension SQLDatabase {
    /// The date as of which ``addGoodDays()`` are checked.
    static let validationDate = day("2024-03-29")

    /// Thirty days in which nothing is wrong, the last one before ``validationDate``.
    ///
    /// Users 1 to 40 are shown four of items 10 to 29 a day and watch them; half are clicked, a tenth
    /// liked: 416 events a day. Users 201 to 260 and items 101 to 160 came on the last day.
    func addGoodDays() throws {
        try execute(Self.goodDays)
    }

    private static let goodDays = """
        select source.ensure_interaction_partitions('2024-02-01', '2024-04-30');
        insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
        select u, case when u > 200 then timestamptz '2024-03-28 12:00+00' else '2024-01-01 00:00+00' end,
            jsonb_build_object('city', 'c' || u % 5, 'age', 20 + u % 50), 0, 1
        from (select generate_series(1, 120) union all select generate_series(201, 260)) as n (u);
        insert into source.item_versions
            (item_id, known_at, creator_id, kind, created_at, is_available, caption, language, tags, attributes,
             content_hash, import_id)
        select i, m.at, 5, 'post', m.at, i <> 12, 'caption', 'en', '{a}', '{}', 0, 1
        from (select generate_series(10, 69) union all select generate_series(101, 160)) as n (i)
        cross join lateral (
            select case when i > 100 then timestamptz '2024-03-28 12:00+00' else '2024-01-01 00:00+00' end
        ) as m (at);
        insert into source.imports
            (source_name, target, mapping, status, read_count, rejected_count, started_at, finished_at)
        values ('a', 'interactions', '{}', 'loaded', 1000, 10, '2024-03-29 03:00+00', '2024-03-29 03:10+00'),
            ('old', 'users', '{}', 'failed', 10, 10, '2024-03-01 00:00+00', '2024-03-01 00:00+00');
        insert into source.interactions
            (user_id, item_id, action_id, occurred_at, event_key, value, surface, position, request_id, known_at,
             import_id)
        select e.u, 10 + (e.u + e.d * 3 + e.k * 5) % 20, a.action_id, e.shown + a.delay, 0,
            case when a.action_id = 9 then 5 + (e.u * 13 + e.d * 7 + e.k * 3) % 60 end,
            'feed', e.k + 1, e.u * 1000 + e.d, e.shown + interval '5 minutes', 1
        from (
            select u, d, k, timestamptz '2024-02-28 00:00+00' + make_interval(
                days => d, secs => (u * 1931 + d * 7907 + k * 19997) % 80000) as shown
            from generate_series(1, 40) as u, generate_series(0, 29) as d, generate_series(0, 3) as k
        ) as e
        cross join lateral (values
            (1, interval '0', true), (2, interval '10 seconds', (e.u + e.d + e.k) % 2 = 0),
            (3, interval '20 seconds', (e.u * 3 + e.d + e.k) % 10 = 0), (9, interval '30 seconds', true)
        ) as a (action_id, delay, happens)
        where a.happens
        """

    /// The rows of a check, by default under the settings of its header.
    func violations(
        of check: String, asOf date: PostgresDate = validationDate, settings: [String: Double] = [:]
    ) throws -> [String] {
        let script = try catalog.script("validate/\(check)")
        var arguments = Self.arguments(asOf: date)
        arguments["profile_attributes"] = Bind(["city"])
        arguments["profile_numbers"] = Bind(["age"])
        arguments["content_encoders"] = Bind([String]())
        for (name, value) in try script.header.settings(in: script.file).merging(
            settings, uniquingKeysWith: { $1 })
        {
            arguments[name] = Bind(value)
        }
        if script.header.fields["Reads"]?.contains("monitor.event_days") == true {
            try countDays(asOf: date)
        }
        return try table(script: "validate/\(check)", arguments)
    }

    /// Counts the days that are pending, as the step validate does.
    ///
    /// - Returns: The first and the last of them; nil where there was none.
    @discardableResult
    func countDays(asOf date: PostgresDate) throws -> ClosedRange<PostgresDate>? {
        let pending = try connection.first(
            try catalog.script("validate/days/pending").query(["as_of_date": Bind(date)]),
            as: (PostgresDate?, PostgresDate?).self)
        guard let (from, until) = pending, let from, let until else { return nil }
        try run("validate/days/count", ["from_date": Bind(from), "until_date": Bind(until)])
        return from...until
    }
}
