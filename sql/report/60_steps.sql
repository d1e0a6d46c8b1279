-- How long each step of the run took that made the current publication.
--
-- Title     Time by step
-- Question  Where did the run spend its time that made what is published?
-- Chart     bars
-- Unit      s
-- Grain     one row per step
-- Reads     monitor.job_steps, monitor.publications
-- Output    label, value, note, state
select
    s.step_name as label,
    coalesce(s.duration_seconds, 0)::double precision as value,
    case when s.attempt > 1 then s.attempt || ' attempts' else '' end as note,
    case s.status when 'failed' then 'bad' else 'plain' end as state
from monitor.job_steps as s
where s.run_id = (select p.run_id from monitor.publications as p where p.is_current)
    and s.status in ('succeeded', 'failed')
order by s.position;
