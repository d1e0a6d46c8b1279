-- Jobs that somebody should start, and whether they came.
--
-- Grain   one row per job
-- Reads   ops.expected_runs, ops.runs, monitor.alerts, monitor.alert_rules
create or replace view monitor.expected_runs as
select
    e.job_name,
    e.schedule,
    e.tolerance,
    e.owner,
    e.is_enabled,
    e.last_due_at,
    e.checked_at,
    s.last_success_at,
    exists (
        select
        from monitor.alerts as a
        inner join monitor.alert_rules as u
            on u.rule_name = a.rule_name and u.measure_name = 'run_overdue_hours'
        where a.job_name = e.job_name and a.state <> 'resolved'
    ) as is_overdue
from ops.expected_runs as e
cross join lateral (
    select max(r.finished_at) as last_success_at
    from ops.runs as r
    where r.job_name = e.job_name and r.status = 'succeeded'
) as s;

comment on view monitor.expected_runs is 'Jobs that somebody should start, and whether they came, as vitrine respond found last.';
comment on column monitor.expected_runs.job_name is 'The job.';
comment on column monitor.expected_runs.schedule is 'When it should be started: five fields as cron reads them, in UTC.';
comment on column monitor.expected_runs.tolerance is 'How long after that it should have succeeded.';
comment on column monitor.expected_runs.owner is 'Who sees to it.';
comment on column monitor.expected_runs.is_enabled is 'Whether anybody waits for it.';
comment on column monitor.expected_runs.last_due_at is 'The newest moment of the schedule whose tolerance was over.';
comment on column monitor.expected_runs.checked_at is 'When vitrine respond looked last; null where it never did: then nobody would notice.';
comment on column monitor.expected_runs.last_success_at is 'When a run of the job succeeded last.';
comment on column monitor.expected_runs.is_overdue is 'Whether an alert says that a run did not come.';
grant select on monitor.expected_runs to vitrine_job, vitrine_analyst, vitrine_dashboard;
