-- How old what each run published was made of.
--
-- Grain   one row per run
-- Reads   monitor.measures, ops.runs
create or replace view monitor.staleness as
select
    m.run_id,
    r.job_name,
    r.as_of_date,
    max(m.value) filter (where m.subject = 'two_tower') as two_tower_age_days,
    max(m.value) filter (where m.subject = 'ranker') as ranker_age_days,
    max(m.value) filter (where m.measure_name = 'index_recall_age') as index_recall_age_days,
    max(m.value) filter (where m.measure_name = 'index_recall_mean') as index_recall_mean,
    max(m.value) filter (where m.measure_name = 'newest_interaction_age') as newest_interaction_age_days
from monitor.measures as m
inner join ops.runs as r on r.run_id = m.run_id
where m.measure_name in (
        'trained_data_age', 'index_recall_age', 'index_recall_mean', 'newest_interaction_age')
group by m.run_id, r.job_name, r.as_of_date;

comment on view monitor.staleness is 'How old what each run published was made of: models, index, events.';
comment on column monitor.staleness.run_id is 'The run.';
comment on column monitor.staleness.job_name is 'The job.';
comment on column monitor.staleness.as_of_date is 'The date of the run.';
comment on column monitor.staleness.two_tower_age_days is 'Days from the date up to which the two-tower knew to that of the run.';
comment on column monitor.staleness.ranker_age_days is 'The same of the ranker; null without one.';
comment on column monitor.staleness.index_recall_age_days is 'Days since the recall of the index was measured; null without an index.';
comment on column monitor.staleness.index_recall_mean is 'That recall; null for an exact index.';
comment on column monitor.staleness.newest_interaction_age_days is 'Days without events before the date.';
grant select on monitor.staleness to vitrine_job, vitrine_analyst, vitrine_dashboard;
