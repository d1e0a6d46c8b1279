-- What a thousand users cost: seconds of each step, and of each stage of those that tell their stages.
--
-- Grain   one row per step, and one per stage
-- Reads   monitor.job_steps, monitor.step_stages, serving.publications
-- Writes  monitor.measures
-- Params  run_id, publication_id
-- Note    A step is divided by the users of the publication; a stage of evaluate by those it has asked for.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select
    :'run_id'::bigint, 'system', 'step_cost', s.step_name,
    1000 * s.duration_seconds / p.user_count, 'seconds/1000 users'
from monitor.job_steps as s
inner join serving.publications as p on p.publication_id = :'publication_id'::bigint
where s.run_id = :'run_id'::bigint and s.status = 'succeeded' and p.user_count > 0

union all

select
    :'run_id'::bigint, 'system', 'stage_cost', g.step_name || '/' || g.stage,
    1000 * g.seconds / g.user_count, 'seconds/1000 users'
from monitor.step_stages as g
where g.run_id = :'run_id'::bigint and g.user_count > 0;
