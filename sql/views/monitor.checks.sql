-- What the checks of the data found.
--
-- Grain   one row per run and check
-- Reads   monitor.check_results, ops.runs
create or replace view monitor.checks as
select
    c.run_id,
    r.job_name,
    r.as_of_date,
    c.check_name,
    c.severity,
    c.owner,
    c.action,
    case
        when c.violation_count = 0 then 'passed'
        when c.severity = 'fail' then 'failed'
        else 'warned'
    end as outcome,
    c.violation_count,
    c.checked_at,
    c.duration_seconds
from monitor.check_results as c
inner join ops.runs as r on r.run_id = c.run_id;

comment on view monitor.checks is 'What the checks of the data found, without samples of the data.';
comment on column monitor.checks.run_id is 'The run.';
comment on column monitor.checks.job_name is 'The job.';
comment on column monitor.checks.as_of_date is 'The date of the run.';
comment on column monitor.checks.check_name is 'The check: sql/validate/<check_name>.sql.';
comment on column monitor.checks.severity is 'fail stops the job, warn does not.';
comment on column monitor.checks.owner is 'Who sees to it.';
comment on column monitor.checks.action is 'What to do when something is found.';
comment on column monitor.checks.outcome is 'passed, warned or failed.';
comment on column monitor.checks.violation_count is 'Rows that break the rule.';
comment on column monitor.checks.checked_at is 'When it was checked.';
comment on column monitor.checks.duration_seconds is 'How long the check took.';
grant select on monitor.checks to vitrine_job, vitrine_analyst, vitrine_dashboard;
