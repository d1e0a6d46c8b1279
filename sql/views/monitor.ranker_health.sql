-- How good the probabilities of the ranker were, run by run.
--
-- Grain   one row per run and task
-- Reads   monitor.measures, ops.runs
create or replace view monitor.ranker_health as
select
    m.run_id,
    r.job_name,
    r.as_of_date,
    m.subject as task_name,
    max(m.value) filter (where m.measure_name = 'ranker_auc') as auc,
    max(m.value) filter (where m.measure_name = 'ranker_log_loss') as log_loss,
    max(m.value) filter (where m.measure_name = 'ranker_normalised_entropy') as normalised_entropy,
    max(m.value) filter (where m.measure_name = 'ranker_calibration') as calibration,
    max(m.value) filter (where m.measure_name = 'ranker_calibration_error') as calibration_error
from monitor.measures as m
inner join ops.runs as r on r.run_id = m.run_id
where m.measure_name in (
        'ranker_auc', 'ranker_log_loss', 'ranker_normalised_entropy', 'ranker_calibration',
        'ranker_calibration_error')
group by m.run_id, r.job_name, r.as_of_date, m.subject;

comment on view monitor.ranker_health is 'How good the probabilities of the ranker were on the days held out, calibrated each night: one row per run and task.';
comment on column monitor.ranker_health.run_id is 'The run.';
comment on column monitor.ranker_health.job_name is 'The job.';
comment on column monitor.ranker_health.as_of_date is 'The date of the run.';
comment on column monitor.ranker_health.task_name is 'What is predicted: the name of an action, or watch_time.';
comment on column monitor.ranker_health.auc is 'Probability that a positive has a higher prediction than a negative; null for a duration, as the next three.';
comment on column monitor.ranker_health.log_loss is 'Mean cross-entropy, in nats.';
comment on column monitor.ranker_health.normalised_entropy is 'Log loss over the entropy of the share of positives: 1 is no better than knowing that share.';
comment on column monitor.ranker_health.calibration is 'Sum of predictions over sum of outcomes: 1 where the total is right.';
comment on column monitor.ranker_health.calibration_error is 'Expected calibration error: mean distance of prediction and share of positives over bins.';
grant select on monitor.ranker_health to vitrine_job, vitrine_analyst, vitrine_dashboard;
