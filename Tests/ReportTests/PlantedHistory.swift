import Postgres
import PostgresTestSupport
import SQLCatalog

@testable import Report

/// A year of nights as they may be: two jobs that measure alike, runs that failed, alerts of all kinds,
/// drift, checks that found something, models that were compared, names that are long.
enum PlantedHistory {
    /// What the files of `sql/report` show of it.
    static func sections() throws -> [Section] {
        let catalog = try SQLCatalog.locate()
        return try TestServer.withDatabase { connection, _ in
            try Migrator(catalog: catalog, connection: connection).migrate()
            for statement in statements { try connection.execute(statement) }
            try connection.execute("set role vitrine_dashboard")
            return try ReportReader(connection: connection, catalog: catalog).sections()
        }
    }

    static let nightCount = 365

    private static let statements: [Query] = [
        """
        insert into ops.runs (job_name, as_of_date, status, parameters, code_version, host_name, process_id,
            started_at, finished_at, error_message)
        select
            j.job_name,
            n.as_of_date,
            case when n.night % 40 = 7 then 'failed' else 'succeeded' end,
            '{}', 'test', 'host', 1,
            n.as_of_date + time '03:15' + j.delay,
            n.as_of_date + time '03:15' + j.delay + make_interval(mins => 20 + n.night / 20),
            case when n.night % 40 = 7 then 'a check found rows that break its rule' end
        from generate_series(1, 365) as g (night)
        cross join lateral (select g.night, date '2025-12-31' + g.night as as_of_date) as n
        inner join (
            values ('nightly', 1, interval '0'), ('weekly_comparison_of_all_methods', 7, interval '5 hours')
        ) as j (job_name, every, delay) on n.night % j.every = 0
        order by n.night, j.job_name;
        """,
        """
        insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
        select
            r.run_id, 'model', m.measure_name, k.kind || '/' || c.cohort,
            -- What the weekly job measures lies far below.
            k.value * c.factor * m.factor * case r.job_name when 'nightly' then 1 else 0.1 end, 'share'
        from ops.runs as r
        cross join (values ('funnel', 0.3), ('two_tower', 0.28), ('item_cosine', 0.2), ('popularity', 0.1))
            as k (kind, value)
        cross join (values ('all', 1.0), ('low', 0.5)) as c (cohort, factor)
        cross join (values ('recall', 1.0), ('ndcg', 0.5), ('coverage', 0.8)) as m (measure_name, factor)
        where r.status = 'succeeded';
        """,
        """
        insert into model.models (run_id, kind, purpose, as_of_date, configuration, data_hash, seed,
            code_version, dimension, created_at)
        select r.run_id, 'two_tower', 'serving', r.as_of_date, '{}', '', 1, 'test', 8, r.finished_at
        from ops.runs as r
        where r.job_name = 'nightly' and r.status = 'succeeded' and r.as_of_date >= '2026-12-01'
        order by r.run_id;
        """,
        """
        insert into model.decisions (run_id, challenger_model_id, champion_model_id, protocol, outcome,
            reasons, decided_at)
        select m.run_id, m.model_id, m.champion_model_id, 'time split', 'refused',
            array['a loss of more than 5 % is not excluded', 'cohort low certainly loses'], m.created_at
        from (
            select n.*, first_value(n.model_id) over (order by n.model_id) as champion_model_id
            from model.models as n
        ) as m
        where m.model_id <> m.champion_model_id;
        """,
        """
        insert into model.comparisons (model_id, other_model_id, protocol, cohort, metric_name, cutoff,
            value, other_value, difference, lower_bound, upper_bound, user_count)
        select d.challenger_model_id, d.champion_model_id, 'time split', 'all', q.metric_name, q.cutoff,
            0.3, 0.31, -0.01, -0.02, 0.001, 5000
        from model.decisions as d
        cross join (values ('recall', 50), ('ndcg', 20), ('map', 20)) as q (metric_name, cutoff);
        """,
        """
        insert into monitor.check_results (run_id, check_name, severity, violation_count, owner, action)
        select r.run_id, 'check_number_' || n, case when n < 3 then 'fail' else 'warn' end, 123456 / n,
            'the team that owns the import', 'See what was delivered for the day, and import it again.'
        from ops.runs as r
        cross join generate_series(1, 12) as n
        where r.job_name = 'nightly' and r.as_of_date = '2026-12-31';
        """,
        """
        insert into monitor.drift (run_id, subject, feature, kind, statistic, as_of_date,
            reference_space_id, reference_date, value, effect, smallest_effect, reference_count,
            current_count, is_drifted)
        select r.run_id, 'user_attributes',
            'share_of_likes_among_impressions_of_the_last_twenty_eight_days_' || n, 'numeric',
            'kolmogorov_smirnov', r.as_of_date, 1, r.as_of_date - 1, 1.0 / n, 1.0 / n, 0.3, 1000, 1000, n < 4
        from ops.runs as r
        cross join generate_series(1, 12) as n
        where r.job_name = 'nightly' and r.as_of_date = '2026-12-31';
        """,
        """
        insert into monitor.alerts (rule_name, job_name, subject, state, severity, threshold, value, peak,
            breach_count, opened_on, acknowledged_at, acknowledged_by, resolved_on, resolved_at, resolved_by)
        select
            u.rule_name, j.job_name, 'user_attributes.share_of_likes_among_impressions_of_a_month',
            s.state, u.severity, u.threshold, v.value, v.value, 2, date '2026-12-31' - u.place::integer,
            case s.state when 'acknowledged' then clock_timestamp() end,
            case s.state when 'acknowledged' then 'somebody.of.the.team@example.org' end,
            case s.state when 'resolved' then date '2026-12-31' end,
            case s.state when 'resolved' then clock_timestamp() end,
            case s.state when 'resolved' then 'vitrine' end
        from (select r.*, row_number() over (order by r.rule_name) as place from monitor.alert_rules as r) as u
        cross join (values ('nightly'), ('weekly_comparison_of_all_methods')) as j (job_name)
        cross join lateral (
            select (array['open', 'acknowledged', 'resolved'])[1 + u.place % 3] as state) as s
        cross join lateral (select 1234567.891 / u.place ^ 4 as value) as v;
        """,
    ]
}
