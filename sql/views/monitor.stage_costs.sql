-- What a thousand users cost at each stage of the funnel, run by run.
--
-- Grain   one row per run, step and stage
-- Reads   monitor.measures, ops.runs
create or replace view monitor.stage_costs as
select
    m.run_id,
    r.job_name,
    r.as_of_date,
    split_part(m.subject, '/', 1) as step_name,
    split_part(m.subject, '/', 2) as stage,
    m.value as seconds_per_1000_users
from monitor.measures as m
inner join ops.runs as r on r.run_id = m.run_id
where m.measure_name = 'stage_cost';

comment on view monitor.stage_costs is 'What a thousand users cost at each stage of the steps that tell their stages.';
comment on column monitor.stage_costs.run_id is 'The run.';
comment on column monitor.stage_costs.job_name is 'The job.';
comment on column monitor.stage_costs.as_of_date is 'The date of the run.';
comment on column monitor.stage_costs.step_name is 'evaluate, retrieve or rank.';
comment on column monitor.stage_costs.stage is 'The stage: see monitor.step_stages.';
comment on column monitor.stage_costs.seconds_per_1000_users is 'Seconds of work for a thousand users; of several shards together.';
grant select on monitor.stage_costs to vitrine_job, vitrine_analyst, vitrine_dashboard;
