-- Trials of the searches for settings, ranked within their study.
--
-- Grain   one row per attempt at a trial on a rung
-- Reads   model.trials
-- Note    A later rung is above all earlier ones: its trials were trained longer, and were the best
--         of those.
create or replace view monitor.trials as
select
    t.study_name,
    case
        when t.status in ('succeeded', 'failed') then
            rank() over (
                partition by t.study_name, t.status in ('succeeded', 'failed')
                order by t.status = 'failed', t.rung desc, t.objective_value desc)
    end as place,
    t.trial_name,
    t.trial_number,
    t.rung,
    t.attempt,
    t.status,
    t.settings,
    t.item_numbers,
    t.seed,
    t.held_out,
    t.protocol,
    t.as_of_date,
    t.objective_name,
    t.objective_cutoff,
    t.objective_value,
    t.objective_lower,
    t.objective_upper,
    (t.metrics -> 'recall' ->> 'value')::double precision as recall,
    (t.metrics -> 'recall' ->> 'cutoff')::integer as recall_cutoff,
    (t.metrics -> 'ndcg' ->> 'value')::double precision as ndcg,
    (t.metrics -> 'ndcg' ->> 'cutoff')::integer as ndcg_cutoff,
    (t.metrics -> 'coverage' ->> 'value')::double precision as coverage,
    t.user_count,
    t.examples_per_second,
    t.training_seconds,
    t.started_at,
    t.finished_at,
    extract(epoch from coalesce(t.finished_at, clock_timestamp()) - t.started_at)::double precision
        as duration_seconds,
    t.error_message,
    t.run_id
from model.trials as t;

comment on view monitor.trials is 'Trials of the searches for settings, ranked within their study.';
comment on column monitor.trials.study_name is 'The study.';
comment on column monitor.trials.place is 'Place in the study, 1 for the best; those that failed share the last. Null for an attempt that is not over or was interrupted.';
comment on column monitor.trials.trial_name is 'Name of the trial.';
comment on column monitor.trials.trial_number is 'Number of the trial in its study.';
comment on column monitor.trials.rung is 'Round of the study.';
comment on column monitor.trials.attempt is 'Attempt at the trial on the rung.';
comment on column monitor.trials.status is 'running, succeeded, failed or interrupted.';
comment on column monitor.trials.settings is 'The settings in which it differs from the job.';
comment on column monitor.trials.item_numbers is 'Whether the towers read numbers of items.';
comment on column monitor.trials.seed is 'Seed of the training.';
comment on column monitor.trials.held_out is 'validation, to choose settings by, or test, to report figures.';
comment on column monitor.trials.protocol is 'How it was measured, with the dates.';
comment on column monitor.trials.as_of_date is 'What was known before 00:00 UTC of this date was used.';
comment on column monitor.trials.objective_name is 'The measure by which trials are compared.';
comment on column monitor.trials.objective_cutoff is 'Length of the lists for it.';
comment on column monitor.trials.objective_value is 'Its value.';
comment on column monitor.trials.objective_lower is 'Lower end of the 95 % bootstrap interval.';
comment on column monitor.trials.objective_upper is 'Upper end of the interval.';
comment on column monitor.trials.recall is 'Recall.';
comment on column monitor.trials.recall_cutoff is 'Length of the lists for recall.';
comment on column monitor.trials.ndcg is 'Normalised discounted cumulative gain.';
comment on column monitor.trials.ndcg_cutoff is 'Length of the lists for it.';
comment on column monitor.trials.coverage is 'Share of the catalogue that stands in some list.';
comment on column monitor.trials.user_count is 'Users behind the measures.';
comment on column monitor.trials.examples_per_second is 'Examples trained a second.';
comment on column monitor.trials.training_seconds is 'How long the training took.';
comment on column monitor.trials.started_at is 'When the attempt began.';
comment on column monitor.trials.finished_at is 'When it ended.';
comment on column monitor.trials.duration_seconds is 'How long it took, training and measuring.';
comment on column monitor.trials.error_message is 'What ended it.';
comment on column monitor.trials.run_id is 'The run that made the attempt.';
grant select on monitor.trials to vitrine_job, vitrine_analyst, vitrine_dashboard;
