import Postgres
import SQLCatalog
import Testing

/// What the step monitor measures, on a few rows each. The date is 2024-03-29.
@Suite struct MeasureTests {
    /// Runs a file, and reads the measures that it has written: name, subject and value to six digits.
    private func measures(
        _ script: String, run: Int64 = 1, publication: Int64 = 1, _ database: SQLDatabase
    ) throws -> [String] {
        try database.run(
            "monitor/\(script)",
            SQLDatabase.arguments(asOf: day("2024-03-29")).merging([
                "run_id": Bind(run), "publication_id": Bind(publication),
                "space_id": Bind(Int64(1)),
                "profile_attributes": Bind(["plan"]),
            ]) { $1 })
        return try database.table(
            """
            select m.measure_name, m.subject, round(m.value::numeric, 6)::double precision
            from monitor.measures as m where m.run_id = \(run)
            order by m.measure_name, m.subject
            """)
    }

    /// Adds a run of one step that took so many seconds, a day after the other.
    private func addRun(
        _ number: Int, seconds: Int, job: String = "nightly", status: String = "succeeded",
        _ database: SQLDatabase
    ) throws {
        try database.execute(
            """
            insert into ops.runs (run_id, job_name, as_of_date, status, parameters, code_version,
                host_name, process_id, started_at, finished_at)
            overriding system value
            values (\(number), '\(job)', date '2024-03-01' + \(number), '\(status)', '{}', 'test',
                'host', 1, timestamptz '2024-03-01 03:00+00', '2024-03-01 05:00+00');
            insert into ops.steps (run_id, step_name, attempt, position, status, started_at,
                finished_at, rows_out, rows_per_second)
            values (\(number), 'train', 1, 1, 'succeeded', '2024-03-01 03:00+00',
                timestamptz '2024-03-01 03:00+00' + \(seconds) * interval '1 second', 10, 2)
            """)
    }

    // MARK: - System

    @Test func `a step is compared with the median of its successes in the same job`() throws {
        try SQLDatabase.with { database in
            for (number, seconds) in [(1, 100), (2, 200), (3, 900)] {
                try addRun(number, seconds: seconds, database)
            }
            try addRun(4, seconds: 1, job: "other", database)
            try addRun(5, seconds: 1, status: "failed", database)
            try addRun(6, seconds: 400, database)
            try addRun(7, seconds: 1, database)
            #expect(
                try measures("measure_steps", run: 6, database) == [
                    "(step_duration,train,400)",
                    "(step_duration_ratio,train,2)",
                    "(step_rate,train,2)",
                ])
            // Two are no history.
            #expect(
                try measures("measure_steps", run: 3, database) == [
                    "(step_duration,train,900)", "(step_rate,train,2)",
                ])
        }
    }

    @Test func `history reaches fourteen runs back, and seconds are not compared below one`() throws
    {
        try SQLDatabase.with { database in
            for number in 1...10 { try addRun(number, seconds: 5000, database) }
            for number in 11...24 { try addRun(number, seconds: 0, database) }
            try addRun(25, seconds: 3, database)
            #expect(
                try measures("measure_steps", run: 25, database)
                    .contains("(step_duration_ratio,train,3)"))
        }
    }

    @Test func `a thousand users cost the seconds of a step over theirs`() throws {
        try SQLDatabase.with { database in
            try addRun(1, seconds: 50, database)
            let publication = try database.openPublication(run: 1)
            try database.execute(
                """
                update serving.publications set user_count = 250 where publication_id = \(publication);
                update ops.steps set step_name = 'rank', details = '{"write_milliseconds": 500}'
                where run_id = 1
                """)
            #expect(
                try measures("measure_costs", publication: publication, database) == [
                    "(stage_cost,rank/write,2)", "(step_cost,rank,200)",
                ])
        }
    }

    @Test func `partitions count for their table, and tables for their schema`() throws {
        try SQLDatabase.with { database in
            try database.interact("(1, 10, 'like', '2024-03-28', '2024-03-28')")
            _ = try measures("measure_tables", database)
            #expect(
                try database.table(
                    """
                    select m.value > 0 from monitor.measures as m
                    where m.measure_name = 'table_size' and m.subject = 'source.interactions'
                    """) == ["(t)"])
            #expect(
                try database.table(
                    """
                    select m.subject from monitor.measures as m
                    where m.subject ~ 'interactions_2024' or m.subject ~ '_have_a_key'
                    """) == [])
            #expect(
                try database.table(
                    """
                    select s.subject
                    from monitor.measures as s
                    inner join monitor.measures as t on t.measure_name in ('table_size', 'index_size')
                        and t.subject like s.subject || '.%'
                    where s.measure_name = 'schema_size'
                    group by s.subject, s.value having s.value <> sum(t.value)
                    """) == [])
        }
    }

    @Test func `statements are told of where the extension is there, and nothing fails without`()
        throws
    {
        try SQLDatabase.with(role: nil) { database in
            #expect(try measures("measure_statements", database) == [])
            let available = try database.table(
                "select name from pg_available_extensions where name = 'pg_stat_statements'")
            guard !available.isEmpty else { return }
            // Installed, but the server was started without its library.
            try database.execute(
                "create schema away; create extension pg_stat_statements schema away")
            #expect(try measures("measure_statements", database) == [])
        }
    }

    @Test func `lag is from what became known last before the date`() throws {
        try SQLDatabase.with { database in
            let publication = try database.openPublication(run: 1)
            #expect(try measures("measure_lag", publication: publication, database) == [])
            try database.interact(
                """
                (1, 10, 'like', '2024-03-20', '2024-03-28 23:00+00'),
                (1, 11, 'like', '2024-03-28', '2024-03-28 22:00+00'),
                (1, 12, 'like', '2024-03-28', '2024-03-29 00:00+00')
                """)
            try database.execute(
                """
                update serving.publications set status = 'published', checksum = 'x', user_count = 1,
                    recommendation_count = 1, published_at = '2024-03-29 03:00+00'
                """)
            #expect(
                try measures("measure_lag", publication: publication, database)
                    == ["(event_to_recommendation,all,14400)"])
        }
    }

    // MARK: - Publication

    /// Adds snapshots of items, each with its positives of four weeks.
    private func snapshot(_ positives: [(item: Int, count: Int)], _ database: SQLDatabase) throws {
        try database.execute(
            """
            select ops.ensure_month_partitions('feature', 'item_snapshots', '2024-03-29', '2024-03-29');
            insert into feature.item_snapshots (item_id, as_of_date, age_days, impression_count_1d,
                impression_count_7d, impression_count_28d, positive_count_1d, positive_count_7d,
                positive_count_28d, positive_rate_7d, positive_rate_28d)
            select s.item_id, '2024-03-29', 1, 0, 0, 0, 0, 0, s.positive_count, 0, 0
            from (values \(positives.map { "(\($0.item), \($0.count))" }.joined(separator: ", ")))
                as s (item_id, positive_count)
            """)
    }

    @Test func `concentration and popularity bias are those by hand`() throws {
        try SQLDatabase.with { database in
            let publication = try database.openPublication(run: 1)
            try database.recommend([1, 2], to: 1, in: publication)
            try database.recommend([1, 3], to: 2, in: publication)
            try snapshot([(1, 4), (2, 3), (3, 2), (4, 1)], database)
            // Places 0, 1, 1, 2: 2 · 13 / (4 · 4) − 5 / 4. The most popular has 2 of 4 places, 4 of 10 likes.
            #expect(
                try measures("measure_concentration", publication: publication, database) == [
                    "(exposure_gini,all,0.375)", "(popular_1_percent_share,all,0.5)",
                    "(popularity_lift,all,1.25)",
                ])
        }
    }

    @Test func `who waits is counted, and the reports read what was counted`() throws {
        try SQLDatabase.with { database in
            let publication = try database.openPublication(run: 1)
            for user in 1...4 { try database.recommend([10], to: user, in: publication, source: 1) }
            try database.recommend([10], to: 5, in: publication)
            try database.execute(
                """
                update serving.recommendation_lists set list_kind = 'kept',
                    deferred_since = date '2024-03-29' - user_id::integer
                where user_id in (1, 3)
                """)
            let reports = [
                "select * from monitor.list_kinds order by list_kind",
                "select * from monitor.deferred_users order by wait_days",
            ]
            func read() throws -> [[String]] { try reports.map { try database.table($0) } }
            let before = try read()
            #expect(before.map(\.count) == [3, 2])
            #expect(
                try measures("measure_lists", publication: publication, database) == [
                    "(deferred_users,all,2)", "(fallback_share,all,0.2)", "(longest_wait,all,3)",
                ])
            #expect(try read() == before)
            // What is gone is still reported.
            try database.execute("delete from serving.recommendation_lists")
            #expect(try read() == before)
        }
    }

    @Test func `the funnel that is stored is the one that was counted`() throws {
        try SQLDatabase.with { database in
            let publication = try database.openPublication(run: 1)
            try database.execute(
                """
                insert into serving.funnel_counts
                    (publication_id, source_id, fate_id, first_bucket, candidate_count)
                select \(publication), s.source_id, f.fate_id, b, s.source_id * 7 + f.fate_id
                from serving.sources as s
                inner join serving.fates as f on (s.source_id + f.fate_id) % 3 > 0
                cross join unnest(array[0, 64]) as b
                """)
            let report = "select * from monitor.funnel order by source, stage_place, reason"
            let before = try database.table(report)
            #expect(before.count > 50)
            _ = try measures("measure_funnel", publication: publication, database)
            #expect(try database.table(report) == before)
            try database.execute("delete from serving.funnel_counts")
            #expect(try database.table(report) == before)
        }
    }

    @Test func `staleness counts days from what models and index knew`() throws {
        try SQLDatabase.with { database in
            try addRun(20, seconds: 1, database)
            let publication = try database.openPublication(run: 21)
            try database.embedItems(4, space: 1)
            try database.writeIndex(publication: 20, space: 1, lists: 1)
            try database.execute(
                """
                update model.models set as_of_date = '2024-03-19';
                update serving.publications set published_at = '2024-03-29 06:00+00'
                """)
            #expect(
                try measures("measure_staleness", publication: publication, database) == [
                    "(index_recall_age,index,8)", "(publication_lag,all,21600)",
                    "(trained_data_age,two_tower,10)",
                ])
        }
    }

    // MARK: - Models

    @Test func `of several lengths of list the longest is the measure`() throws {
        try SQLDatabase.with { database in
            let model = try database.addModel(run: 1, purpose: "evaluation")
            let other = try database.addModel(run: 2, purpose: "evaluation")
            try database.execute(
                """
                insert into model.metrics
                    (model_id, protocol, cohort, metric_name, cutoff, value, user_count)
                values (\(model), 'p', 'all', 'recall', 10, 0.1, 5),
                    (\(model), 'p', 'all', 'recall', 50, 0.3, 5),
                    (\(model), 'p', 'new', 'recall', 50, 0.2, 100),
                    -- Too few to say anything of every night.
                    (\(model), 'p', 'low', 'recall', 50, 0, 99),
                    (\(model), 'p', 'all', 'novelty', 50, 9, 5),
                    (\(other), 'p', 'all', 'recall', 50, 0.9, 5)
                """)
            #expect(
                try measures("measure_quality", database) == [
                    "(recall,two_tower/all,0.3)", "(recall,two_tower/new,0.2)",
                ])
        }
    }

    @Test func `directions that embeddings have lost do not become what is usual`() throws {
        try SQLDatabase.with { database in
            for run in 1...24 {
                try addRun(run, seconds: 1, database)
                try database.execute(
                    """
                    insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
                    values (\(run), 'model', 'embedding_effective_rank', 'users',
                        \(run <= 4 ? 40 : 1), 'directions')
                    """)
                let measured = try measures("measure_embedding_history", run: Int64(run), database)
                    .filter { $0.contains("ratio") }
                switch run {
                case 1...3: #expect(measured == [])
                case 4: #expect(measured == ["(embedding_rank_ratio,users,1)"])
                default: #expect(measured == ["(embedding_rank_ratio,users,0.025)"])
                }
            }
        }
    }

    @Test func `groups are measured where they are large enough, as they were when it was trained`()
        throws
    {
        try SQLDatabase.with { database in
            let model = try database.addModel(
                run: 1, purpose: "evaluation", asOf: day("2024-03-22"))
            try database.execute(
                """
                select ops.ensure_list_partition('model', 'user_metrics', \(model));
                insert into model.measurements (model_id, protocol, learned_by, held_out_hash,
                    metric_names, cutoffs, user_count)
                values (\(model), 'p', 'time_split', 'h', '{ndcg,recall,recall}', '{20,10,50}', 110);
                insert into model.user_metrics (model_id, user_id, cohort, metric_values)
                select \(model), u, 'all', array[0.25, 9, case when u <= 60 then 0.5 else 1 end]
                from generate_series(1, 110) as u;
                insert into source.user_versions
                    (user_id, known_at, attributes, content_hash, import_id)
                select u, '2024-03-01',
                    jsonb_build_object('plan', case when u <= 50 then 'free' else 'paid' end), 0, 1
                from generate_series(1, 110) as u;
                insert into source.user_versions
                    (user_id, known_at, attributes, content_hash, import_id)
                select u, '2024-03-25', '{"plan": "gift"}', 0, 1 from generate_series(1, 110) as u;
                select ops.ensure_month_partitions('feature', 'user_snapshots', '2024-03-22', '2024-03-29');
                insert into feature.user_snapshots (user_id, as_of_date, activity_cohort,
                    active_days_28d, event_count_28d, language, region)
                select u, d, 'new', 0, 0, case when u <= 61 then 'de' else 'fr' end, ''
                from generate_series(1, 110) as u, unnest(array[date '2024-03-22', '2024-03-29']) as d
                """)
            // 49 speak French.
            #expect(
                try measures("measure_quality_of_groups", database) == [
                    "(ndcg_of_group,language=de,0.25)", "(ndcg_of_group,plan=free,0.25)",
                    "(ndcg_of_group,plan=paid,0.25)",
                    "(recall_of_group,language=de,0.508197)", "(recall_of_group,plan=free,0.5)",
                    "(recall_of_group,plan=paid,0.916667)",
                ])
        }
    }

    @Test func `a challenger's gain comes with its interval`() throws {
        try SQLDatabase.with { database in
            let (old, new) = (try database.addModel(run: 1), try database.addModel(run: 2))
            try database.execute(
                """
                insert into model.decisions (run_id, challenger_model_id, champion_model_id, outcome, reasons)
                values (2, \(new), \(old), 'refused', '{worse}');
                insert into model.comparisons (model_id, other_model_id, protocol, cohort, metric_name,
                    cutoff, value, other_value, difference, lower_bound, upper_bound, user_count)
                values (\(new), \(old), 'p', 'all', 'recall', 50, 0.2, 0.3, -0.1, -0.15, -0.05, 10),
                    (\(new), \(old), 'p', 'all', 'recall', 10, 0, 0, 0, 0, 0, 10)
                """)
            #expect(
                try measures("measure_champion", run: 2, database) == [
                    "(champion_gain,recall/all,-0.1)", "(champion_gain_lower,recall/all,-0.15)",
                    "(champion_gain_upper,recall/all,-0.05)",
                ])
        }
    }

    @Test func `the ranker is measured task by task as it is calibrated each night`() throws {
        try SQLDatabase.with { database in
            let tower = try database.addModel(run: 1, purpose: "evaluation")
            let ranker = try database.addModel(run: 1, purpose: "evaluation", base: tower)
            try database.execute(
                """
                insert into model.metrics
                    (model_id, protocol, cohort, metric_name, cutoff, value, user_count)
                select \(ranker), p.protocol, 'all', m.metric_name, 0, m.value * p.factor, 5
                from (values ('once', 1), ('nightly', 2)) as p (protocol, factor)
                cross join (values ('long_view_auc', 0.25), ('long_view_calibration_error', 0.01),
                    ('long_view_log_loss', 0.3), ('long_view_normalised_entropy', 0.4),
                    ('watch_time_calibration', 0.5)) as m (metric_name, value);
                insert into model.reliability (model_id, protocol, task_name, bin_number, calibrated,
                    prediction_count, mean_prediction, positive_share)
                values (\(ranker), 'once', 'long_view', 1, 'once', 1, 0.5, 0.5),
                    (\(ranker), 'nightly', 'long_view', 1, 'each_night', 1, 0.5, 0.5)
                """)
            #expect(
                try measures("measure_ranker", database) == [
                    "(ranker_auc,long_view,0.5)", "(ranker_calibration,watch_time,1)",
                    "(ranker_calibration_error,long_view,0.02)", "(ranker_log_loss,long_view,0.6)",
                    "(ranker_normalised_entropy,long_view,0.8)",
                ])
        }
    }
}
