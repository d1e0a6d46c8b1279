-- Runs that ended at a step, by a failure, a signal or their deadline, and that nobody has judged since.
--
-- Grain   one row per run: of each job the newest, if it is that
-- Reads   ops.runs, ops.steps, monitor.measures
select r.run_id, r.as_of_date
from ops.runs as r
where r.status in ('failed', 'interrupted')
    -- One that ended before a step, as asked, ended at none.
    and exists (
        select
        from ops.steps as s
        where s.run_id = r.run_id and s.status in ('failed', 'interrupted')
            and not exists (
                select from ops.steps as l
                where l.run_id = s.run_id and l.step_name = s.step_name and l.attempt > s.attempt))
    and r.run_id = (select max(n.run_id) from ops.runs as n where n.job_name = r.job_name)
    and not exists (
        select
        from monitor.measures as m
        where m.run_id = r.run_id and m.measure_name = 'failed_step' and m.measured_at >= r.finished_at)
order by r.run_id;
