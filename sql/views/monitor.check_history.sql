-- How each check has turned out: lately, and since when it has found something.
--
-- Grain   one row per job and check
-- Reads   monitor.checks, monitor.check_settings
-- Note    Dates are those of the runs, so that a run for an earlier date takes its place among them; of
--         several runs for a date the last one counts.
create or replace view monitor.check_history as
with

dated as (
    select distinct on (c.job_name, c.check_name, c.as_of_date) c.*
    from monitor.checks as c
    order by c.job_name, c.check_name, c.as_of_date, c.run_id desc
),

-- Outcomes since the last one that was good share its date.
placed as (
    select
        d.*,
        max(d.as_of_date) filter (where d.outcome = 'passed') over by_check as last_passed_date,
        row_number() over (by_check order by d.as_of_date desc) as place
    from dated as d
    window by_check as (partition by d.job_name, d.check_name)
),

histories as (
    select
        p.job_name,
        p.check_name,
        max(p.last_passed_date) as last_passed_date,
        min(p.as_of_date) filter (
            where p.last_passed_date is null or p.as_of_date > p.last_passed_date) as failing_since_date,
        count(*) filter (
            where p.last_passed_date is null or p.as_of_date > p.last_passed_date) as failing_date_count,
        count(*) as date_count,
        array_agg(p.outcome order by p.as_of_date) filter (where p.place <= 14) as outcomes
    from placed as p
    group by p.job_name, p.check_name
)

select
    h.job_name,
    h.check_name,
    l.severity,
    l.owner,
    l.action,
    coalesce(s.is_enabled, true) as is_enabled,
    l.as_of_date,
    l.outcome,
    l.violation_count,
    h.failing_since_date,
    h.failing_date_count,
    h.last_passed_date,
    h.outcomes,
    h.date_count
from histories as h
inner join placed as l on l.job_name = h.job_name and l.check_name = h.check_name and l.place = 1
left join monitor.check_settings as s on s.check_name = h.check_name;

comment on view monitor.check_history is 'How each check of the data has turned out lately, and since when it has found something.';
comment on column monitor.check_history.job_name is 'The job.';
comment on column monitor.check_history.check_name is 'The check: sql/validate/<check_name>.sql.';
comment on column monitor.check_history.severity is 'fail stops the job, warn does not; as it was last.';
comment on column monitor.check_history.owner is 'Who sees to it.';
comment on column monitor.check_history.action is 'What to do when something is found.';
comment on column monitor.check_history.is_enabled is 'False where monitor.check_settings has switched it off since.';
comment on column monitor.check_history.as_of_date is 'The last date of a run that made the check.';
comment on column monitor.check_history.outcome is 'What came of it then: passed, warned or failed.';
comment on column monitor.check_history.violation_count is 'Rows that broke the rule then.';
comment on column monitor.check_history.failing_since_date is 'The first date since the last good one on which something was found; null where the last outcome is good.';
comment on column monitor.check_history.failing_date_count is 'Dates since then; 0 where the last outcome is good.';
comment on column monitor.check_history.last_passed_date is 'The last date on which nothing was found; null where there is none.';
comment on column monitor.check_history.outcomes is 'Outcomes of the last fourteen dates, oldest first.';
comment on column monitor.check_history.date_count is 'Dates on which the check was made.';
grant select on monitor.check_history to vitrine_job, vitrine_analyst, vitrine_dashboard;
