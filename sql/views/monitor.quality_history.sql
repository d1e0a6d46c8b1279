-- How well models ranked what was held out, run by run.
--
-- Grain   one row per run, kind of model and cohort
-- Reads   monitor.measures, ops.runs
create or replace view monitor.quality_history as
select
    m.run_id,
    r.job_name,
    r.as_of_date,
    split_part(m.subject, '/', 1) as kind,
    split_part(m.subject, '/', 2) as cohort,
    max(m.value) filter (where m.measure_name = 'recall') as recall,
    max(m.value) filter (where m.measure_name = 'ndcg') as ndcg,
    max(m.value) filter (where m.measure_name = 'hit_rate') as hit_rate,
    max(m.value) filter (where m.measure_name = 'coverage') as coverage,
    max(m.value) filter (where m.measure_name = 'gini') as gini
from monitor.measures as m
inner join ops.runs as r on r.run_id = m.run_id
where m.measure_name in (
        'recall', 'ndcg', 'hit_rate', 'coverage', 'gini')
group by m.run_id, r.job_name, r.as_of_date, m.subject;

comment on view monitor.quality_history is 'How well models ranked what was held out, run by run: the funnel, the two-tower and the baselines. Intervals and lengths of lists are in monitor.model_quality.';
comment on column monitor.quality_history.run_id is 'The run.';
comment on column monitor.quality_history.job_name is 'The job.';
comment on column monitor.quality_history.as_of_date is 'The date of the run.';
comment on column monitor.quality_history.kind is 'funnel, two_tower, or a baseline: popularity, item_cosine.';
comment on column monitor.quality_history.cohort is 'Which users: all, an activity cohort, or new_users.';
comment on column monitor.quality_history.recall is 'Share of what users took that the list holds, the mean over users; of the longest list measured, as the others.';
comment on column monitor.quality_history.ndcg is 'Normalised discounted cumulative gain.';
comment on column monitor.quality_history.hit_rate is 'Share of users with a hit.';
comment on column monitor.quality_history.coverage is 'Share of the catalogue in some list; null for a cohort.';
comment on column monitor.quality_history.gini is 'Concentration of the lists on few items, 0 to 1; null for a cohort.';
grant select on monitor.quality_history to vitrine_job, vitrine_analyst, vitrine_dashboard;
