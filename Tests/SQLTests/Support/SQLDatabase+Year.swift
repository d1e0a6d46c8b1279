import Postgres

extension SQLDatabase {
    /// Writes a year of nightly runs to 2024-03-29, with what their steps and the step monitor leave: more
    /// measures, tasks, cohorts and reasons than a job has. Lists and counts of the last month are there as
    /// well, as far as they are kept.
    ///
    /// Statistics are refreshed, which needs the owner or a superuser.
    func fillYear() throws {
        try execute(Self.year)
        try execute("analyze")
    }

    private static let year = """
        insert into ops.runs (job_name, as_of_date, status, parameters, code_version, host_name,
            process_id, started_at, finished_at)
        select 'nightly', date '2023-03-29' + d, 'succeeded', '{}', 'test', 'host', 1,
            (date '2023-03-29' + d)::timestamp at time zone 'UTC' + interval '3 hours',
            (date '2023-03-29' + d)::timestamp at time zone 'UTC' + interval '4 hours'
        from generate_series(1, 366) as d;
        insert into ops.steps (run_id, step_name, attempt, position, status, started_at, finished_at,
            rows_in, rows_out, rows_per_second, details)
        select r.run_id, s.step_name, 1, s.position, 'succeeded',
            r.started_at + s.position * interval '4 minutes',
            r.started_at + (s.position + 1) * interval '4 minutes', 1000, 1000, 1000 / 240.0,
            case when s.step_name in ('evaluate', 'retrieve', 'rank') then
                (select jsonb_object_agg('stage_' || i || '_milliseconds', i * 100) from generate_series(1,
                    12) as i)
                    || '{"users": 1000, "new_users": 10}' else '{}' end
        from ops.runs as r
        cross join unnest(array['validate', 'features', 'train', 'evaluate', 'embed', 'index', 'retrieve',
            'rank', 'publish', 'monitor'])
            with ordinality as s (step_name, position);
        insert into model.models (run_id, kind, purpose, as_of_date, configuration, data_hash, seed,
            code_version, dimension, base_model_id, artefact_bytes)
        select r.run_id, k.kind, k.purpose, r.as_of_date, '{}', '0', 1, 'test',
            case when k.kind = 'two_tower' then 64 end,
            null, 1000000
        from ops.runs as r
        cross join (values ('two_tower', 'evaluation'), ('two_tower', 'serving'),
            ('popularity', 'evaluation'), ('item_cosine', 'evaluation'), ('funnel',
                'evaluation')) as k (kind, purpose)
        order by r.run_id, k.kind, k.purpose;
        insert into model.models (run_id, kind, purpose, as_of_date, configuration, data_hash, seed,
            code_version, base_model_id, artefact_bytes)
        select m.run_id, 'ranker', m.purpose, m.as_of_date, '{}', '0', 1, 'test', m.model_id, 1000000
        from model.models as m where m.kind = 'two_tower';
        insert into model.metrics (model_id, protocol, cohort, metric_name, cutoff, value, lower_bound,
            upper_bound, user_count)
        select m.model_id, 'test', c.cohort, n.metric_name, 50, 0.3, 0.2, 0.4, 1000
        from model.models as m
        cross join unnest(array['all', 'new', 'casual', 'regular', 'heavy', 'inactive', 'new_users',
            'new_items']) as c (cohort)
        cross join unnest(array['recall', 'ndcg', 'hit_rate', 'mrr', 'map', 'coverage', 'gini',
            'novelty']) as n (metric_name)
        where m.purpose = 'evaluation' and m.kind <> 'ranker';
        insert into model.comparisons (model_id, other_model_id, protocol, cohort, metric_name, cutoff,
            value, other_value, difference, lower_bound, upper_bound, user_count)
        select f.model_id, o.model_id, 'test', c.cohort, n.metric_name, 50, 0.3, 0.2, 0.1, 0.05, 0.15, 1000
        from model.models as f
        inner join model.models as o on o.run_id = f.run_id and o.purpose = 'evaluation' and o.kind in
            ('two_tower', 'popularity', 'item_cosine')
        cross join unnest(array['all', 'new', 'casual', 'regular', 'heavy']) as c (cohort)
        cross join unnest(array['recall', 'ndcg']) as n (metric_name)
        where f.kind = 'funnel';
        insert into model.comparisons (model_id, other_model_id, protocol, cohort, metric_name, cutoff,
            value, other_value, difference, lower_bound, upper_bound, user_count)
        select a.model_id, b.model_id, 'test', c.cohort, n.metric_name, 50, 0.3, 0.2, 0.1, 0.05, 0.15, 1000
        from model.models as a
        inner join model.models as b on b.run_id = a.run_id - 1 and b.kind = 'two_tower' and b.purpose =
            'serving'
        cross join unnest(array['all', 'new', 'casual', 'regular', 'heavy']) as c (cohort)
        cross join unnest(array['recall', 'ndcg']) as n (metric_name)
        where a.kind = 'two_tower' and a.purpose = 'serving';
        insert into model.decisions (run_id, challenger_model_id, champion_model_id, protocol, outcome, reasons)
        select a.run_id, a.model_id, b.model_id, 'test', 'promoted', '{better}'
        from model.models as a
        left join model.models as b on b.run_id = a.run_id - 1 and b.kind = 'two_tower' and b.purpose =
            'serving'
        where a.kind = 'two_tower' and a.purpose = 'serving';
        insert into model.deployments (model_id, replaced_model_id, kind, run_id, deployed_by, reason,
            deployed_at)
        select d.challenger_model_id, d.champion_model_id, 'gate', d.run_id, 'test', 'test', r.finished_at
        from model.decisions as d inner join ops.runs as r on r.run_id = d.run_id order by d.run_id;
        insert into model.reliability (model_id, protocol, task_name, bin_number, calibrated,
            prediction_count, mean_prediction, positive_share)
        select m.model_id, c.calibrated, t.task_name, b, c.calibrated, 1000, b / 20.0, b / 20.0
        from model.models as m
        cross join unnest(array['once', 'each_night']) as c (calibrated)
        cross join unnest(array['click', 'like', 'comment', 'forward', 'follow', 'long_view',
            'hide']) as t (task_name)
        cross join generate_series(1, 20) as b
        where m.kind = 'ranker' and m.purpose = 'evaluation';
        insert into serving.publications (run_id, as_of_date, model_id, weights_version, status,
            user_count, recommendation_count, checksum, created_at, published_at)
        select r.run_id, r.as_of_date, m.model_id, 1, case when r.as_of_date > '2024-02-28' then
            'published' else 'dropped' end,
            500, 5000, 'x', r.finished_at, r.finished_at
        from ops.runs as r inner join model.models as m on m.run_id = r.run_id and m.kind = 'two_tower' and
            m.purpose = 'serving'
        order by r.run_id;
        insert into monitor.list_counts (publication_id, list_kind, deferred_since, user_count,
            mean_event_count_28d)
        select p.publication_id, k.list_kind, k.since, 100, 3
        from serving.publications as p
        cross join lateral (values ('model', date 'infinity'), ('fallback', 'infinity'), ('kept',
            p.as_of_date - 1), ('fallback', p.as_of_date)) as k (list_kind, since);
        select ops.ensure_list_partition('serving', 'recommendation_lists',
            p.publication_id) from serving.publications as p where p.status = 'published';
        insert into serving.recommendation_lists (publication_id, user_id, list_kind, item_ids, scores,
            terms, multipliers, source_ids, slot_kinds, propensities, because_item_ids)
        select p.publication_id, u, 'model', array_agg(i), array_agg(1.0), array_agg(1.0), '{}',
            array_agg(3), array_agg(0), array_agg(1), '{}'
        from serving.publications as p cross join generate_series(1,
            500) as u cross join generate_series(1, 10) as i
        where p.status = 'published' group by p.publication_id, u;
        insert into monitor.funnel_history (publication_id, source, stage_place, stage, in_count,
            kept_count, reason, reason_count)
        select p.publication_id, s.source_name, f.stage_place, f.stage, 100, 90, f.reason, 10
        from serving.publications as p cross join serving.sources as s cross join serving.fates as f;
        insert into serving.funnel_counts (publication_id, source_id, fate_id, first_bucket, candidate_count)
        select p.publication_id, s.source_id, f.fate_id, b * 64, 10
        from serving.publications as p cross join serving.sources as s cross join serving.fates as f cross
            join generate_series(0, 15) as b
        where p.status = 'published';
        insert into monitor.check_results (run_id, check_name, severity, violation_count)
        select r.run_id, 'check_' || i, 'warn', 0 from ops.runs as r cross join generate_series(1, 20) as i;
        insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
        select r.run_id, m.level, m.measure_name, case when m.subject_count = 1 then 'all' else m.prefix ||
            i end, i, 'ratio'
        from ops.runs as r
        cross join (values
            ('model', 'recall', 32, 'funnel/'), ('model', 'ndcg', 32, 'funnel/'), ('model', 'hit_rate', 32,
                'funnel/'),
            ('model', 'coverage', 4, 'funnel/'), ('model', 'gini', 4, 'funnel/'),
            ('model', 'ranker_auc', 8, 'task_'), ('model', 'ranker_log_loss', 8, 'task_'),
            ('model', 'ranker_normalised_entropy', 8, 'task_'), ('model', 'ranker_calibration', 8, 'task_'),
            ('model', 'ranker_calibration_error', 8, 'task_'),
            ('model', 'recall_of_group', 60, 'tag='), ('model', 'ndcg_of_group', 60, 'tag='),
            ('model', 'champion_gain', 10, 'recall/'), ('model', 'exposure_gini', 1, ''),
            ('model', 'popular_1_percent_share', 1, ''), ('model', 'popularity_lift', 1, ''), ('model',
                'trained_data_age', 2, 'm'),
            ('model', 'embedding_effective_rank', 2, 'e'), ('model', 'embedding_rank_share', 2, 'e'),
            ('model', 'embedding_first_direction_share', 2, 'e'), ('model', 'embedding_mean_share', 2, 'e'),
            ('model', 'index_recall_mean', 1, ''), ('system', 'publication_lag', 1, ''),
            ('system', 'step_duration', 10, 's'), ('system', 'step_duration_ratio', 10, 's'), ('system',
                'step_rate', 10, 's'),
            ('system', 'step_cost', 10, 's'), ('system', 'stage_cost', 36, 'rank/'), ('system',
                'table_size', 60, 'ops.t'),
            ('system', 'index_size', 60, 'ops.t'), ('system', 'dead_row_share', 60, 'ops.t'),
            ('data', 'drift_psi', 100, 'f'), ('data', 'check_violations', 20, 'c'), ('data',
                'interactions_1d', 14, 'a')
        ) as m (level, measure_name, subject_count, prefix)
        cross join lateral generate_series(1, m.subject_count) as i;
        """
}
