-- How well the two-tower ranked for groups of users, run by run.
--
-- Grain   one row per run and group
-- Reads   monitor.measures, ops.runs
create or replace view monitor.quality_of_groups as
select
    m.run_id,
    r.job_name,
    r.as_of_date,
    split_part(m.subject, '=', 1) as grouped_by,
    substr(m.subject, strpos(m.subject, '=') + 1) as group_name,
    max(m.value) filter (where m.measure_name = 'recall_of_group') as recall,
    max(m.value) filter (where m.measure_name = 'ndcg_of_group') as ndcg
from monitor.measures as m
inner join ops.runs as r on r.run_id = m.run_id
where m.measure_name in (
        'recall_of_group', 'ndcg_of_group')
group by m.run_id, r.job_name, r.as_of_date, m.subject;

comment on view monitor.quality_of_groups is 'How well the two-tower ranked for users of a language, a region, a favourite tag, or a value of a profile attribute.';
comment on column monitor.quality_of_groups.run_id is 'The run.';
comment on column monitor.quality_of_groups.job_name is 'The job.';
comment on column monitor.quality_of_groups.as_of_date is 'The date of the run.';
comment on column monitor.quality_of_groups.grouped_by is 'language, region, tag, or an attribute of the profile.';
comment on column monitor.quality_of_groups.group_name is 'The group: at least 50 users.';
comment on column monitor.quality_of_groups.recall is 'Mean recall of its users.';
comment on column monitor.quality_of_groups.ndcg is 'Mean normalised discounted cumulative gain.';
grant select on monitor.quality_of_groups to vitrine_job, vitrine_analyst, vitrine_dashboard;
