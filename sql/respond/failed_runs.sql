-- Runs that ended at a step, and that nobody has judged since.
--
-- Grain   one row per run: of each job the newest, if it is that
-- Reads   ops.runs, monitor.measures
select r.run_id, r.as_of_date
from ops.runs as r
where r.status = 'failed'
    and r.run_id = (select max(n.run_id) from ops.runs as n where n.job_name = r.job_name)
    and not exists (
        select
        from monitor.measures as m
        where m.run_id = r.run_id and m.measure_name = 'failed_step' and m.measured_at >= r.finished_at)
order by r.run_id;
