-- The reports: every view for dashboards, with the question that it answers.
--
-- Grain   one row per report
-- Reads   the system catalogue
-- Note    A new view of monitor gets its rows here, in the order of their names. live: computed when asked;
--         each run: from what the step monitor and the steps before it have stored.
create or replace view monitor.reports as
with

entries as (
    select e.report_name, e.title, e.question, e.grain, e.refresh, e.owner
    from (values
        ('alert_history', 'Alerts',
            'Which alerts opened, who took them up, and how did they end?',
            'one row per alert', 'live', 'operations'),
        ('champions', 'Champions',
            'Which model served when, and why was it changed?',
            'one row per deployment', 'live', 'models'),
        ('check_history', 'Checks over time',
            'Since when does a check find something, and how did it turn out lately?',
            'one row per job and check', 'each run', 'data'),
        ('checks', 'Checks of the data',
            'What did the checks of each run find?',
            'one row per run and check', 'each run', 'data'),
        ('deferred_users', 'Users who wait',
            'For how long have users been waiting for a list of their own?',
            'one row per publication, kind of list and date since when they wait', 'each run', 'operations'),
        ('delivery_backlog', 'Undelivered alerts',
            'What have receivers not been told yet?',
            'one row per delivery that is not delivered', 'live', 'operations'),
        ('embedding_health', 'Embeddings',
            'Do embeddings use the directions they have, or do they collapse?',
            'one row per run and kind of embedding', 'each run', 'models'),
        ('encodings', 'Encodings of embeddings',
            'What does it cost and save to store embeddings in fewer bytes?',
            'one row per space and pair of encodings', 'each run', 'models'),
        ('expected_runs', 'Expected runs',
            'Did every job come when it should?',
            'one row per job', 'live', 'operations'),
        ('exposure_shortfall', 'Exposure of new items',
            'Do new items get the exposures they are owed?',
            'one row per available item that is new, or has had less than it is owed, at its newest snapshot', 'live', 'recommendations'),
        ('feature_drift', 'Drift',
            'How far is each feature from what the model learned from?',
            'one row per job, subject, feature, kind and statistic', 'each run', 'data'),
        ('funnel', 'Funnel',
            'How many candidates of each source come to each stage, and why are others dropped?',
            'one row per publication, source, stage and reason', 'each run', 'recommendations'),
        ('indexes', 'Indexes',
            'What does the index find again of the exact result, and how does it age?',
            'one row per index', 'each run', 'models'),
        ('job_runs', 'Runs',
            'Which runs of jobs succeeded, and what ended the others?',
            'one row per run', 'live', 'operations'),
        ('job_steps', 'Steps',
            'How far did each run come, and where did its time go?',
            'one row per run and step', 'live', 'operations'),
        ('list_kinds', 'Kinds of lists',
            'How many users have a list ranked for them, an older one, or a fallback?',
            'one row per publication and kind of list', 'each run', 'recommendations'),
        ('method_comparisons', 'Funnel against baselines',
            'Is what is published better than the two-tower alone and than each baseline?',
            'one row per run, other method, cohort, metric and cutoff', 'each run', 'models'),
        ('model_comparisons', 'Challenger against champion',
            'Was the new model better, user by user, and what did the gate say?',
            'one row per challenger, cohort, metric and cutoff', 'each run', 'models'),
        ('model_quality', 'Quality of models',
            'How well did each model rank what was held out, and how sure is that?',
            'one row per model, cohort, metric and cutoff', 'each run', 'models'),
        ('models', 'Models',
            'Which models can serve, and what became of each?',
            'one row per serving model', 'live', 'models'),
        ('publication_health', 'Publications, run by run',
            'How evenly, how soon and to how many did each run recommend?',
            'one row per run', 'each run', 'recommendations'),
        ('publications', 'Publications',
            'What was published when, and what is current?',
            'one row per publication', 'live', 'recommendations'),
        ('quality_history', 'Quality over time',
            'How has the quality of recommendations moved, run by run?',
            'one row per run, kind of model and cohort', 'each run', 'models'),
        ('quality_of_groups', 'Quality by group',
            'For whom are recommendations worse: by language, region, tag, profile?',
            'one row per run and group', 'each run', 'models'),
        ('ranker_health', 'Ranker over time',
            'How have calibration and discrimination of the ranker moved, task by task?',
            'one row per run and task', 'each run', 'models'),
        ('reliability', 'Reliability',
            'Do the probabilities of the ranker mean what they say?',
            'one row per ranker, protocol, task and bin', 'each run', 'models'),
        ('reports', 'Reports',
            'Which reports are there, and what do they answer?',
            'one row per report', 'live', 'operations'),
        ('response_history', 'Responses',
            'What was done about alerts, by whom and why?',
            'one row per response and state that it entered', 'live', 'operations'),
        ('run_measures', 'Measures',
            'What was measured in each run?',
            'one row per run, measure and subject', 'each run', 'operations'),
        ('silent_rules', 'Silent rules',
            'Which rules cannot open an alert, because what they read was never there?',
            'one row per rule that is enabled', 'live', 'operations'),
        ('skew', 'Skew',
            'Is what was served what is computed?',
            'one row per run, measure and subject', 'each run', 'models'),
        ('stage_costs', 'Costs of stages',
            'What does a thousand users cost at each stage?',
            'one row per run, step and stage', 'each run', 'operations'),
        ('staleness', 'Staleness',
            'How old were the models, the index and the events behind each publication?',
            'one row per run', 'each run', 'models'),
        ('step_history', 'Steps over time',
            'Which steps take longer than they used to?',
            'one row per run and step', 'each run', 'operations'),
        ('step_shards', 'Shards',
            'How far is each shard of a step that several processes share?',
            'one row per run, step and shard', 'live', 'operations'),
        ('step_stages', 'Stages of steps',
            'Where did the time of evaluate, retrieve and rank go?',
            'one row per run, step and stage', 'live', 'operations'),
        ('table_sizes', 'Sizes of tables',
            'How fast do tables and indexes grow, and how much of them is dead?',
            'one row per run and table', 'each run', 'operations'),
        ('trials', 'Trials',
            'Which settings did best in the searches?',
            'one row per attempt at a trial on a rung', 'live', 'models')
    ) as e (report_name, title, question, grain, refresh, owner)
)

select
    e.report_name,
    e.title,
    e.question,
    e.grain,
    e.refresh,
    e.owner,
    c.column_names,
    obj_description(v.oid, 'pg_class') as description
from entries as e
left join pg_catalog.pg_class as v
    on v.relname = e.report_name and v.relnamespace = 'monitor'::regnamespace
left join lateral (
    select array_agg(a.attname::text order by a.attnum) as column_names
    from pg_catalog.pg_attribute as a
    where a.attrelid = v.oid and a.attnum > 0 and not a.attisdropped
) as c on true;

comment on view monitor.reports is 'The reports: every view for dashboards, with the question that it answers.';
comment on column monitor.reports.report_name is 'The view, in the schema monitor.';
comment on column monitor.reports.title is 'Title, as a dashboard shows it.';
comment on column monitor.reports.question is 'The question that it answers.';
comment on column monitor.reports.grain is 'What a row stands for.';
comment on column monitor.reports.refresh is 'live (computed when asked) or each run (from what the run has stored).';
comment on column monitor.reports.owner is 'Who answers for it.';
comment on column monitor.reports.column_names is 'Its columns in order; what they mean is in their comments. Null where the view is missing.';
comment on column monitor.reports.description is 'The comment on the view.';
grant select on monitor.reports to vitrine_job, vitrine_analyst, vitrine_dashboard;
