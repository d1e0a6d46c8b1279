-- Rules that cannot open an alert, since what they read was never there.
--
-- Grain   one row per rule that is enabled
-- Reads   monitor.alert_rules, monitor.measures, ops.expected_runs
create or replace view monitor.silent_rules as
with

-- Measures are read once, whatever the number of rules.
written as materialized (
    select distinct
        m.measure_name,
        m.subject,
        m.level
    from monitor.measures as m
)

select
    u.rule_name,
    u.measure_name,
    u.subject_pattern,
    u.owner,
    case when exists (select from written as m where m.measure_name = u.measure_name)
        then 'no subject of the measure is like the pattern, on the level of the rule'
        when u.measure_name = 'run_overdue_hours' then 'no run is expected'
        else 'the measure was never written'
    end as reason
from monitor.alert_rules as u
where u.is_enabled
    and not exists (
        select
        from written as m
        where m.measure_name = u.measure_name
            and m.subject like u.subject_pattern
            and m.subject <> all (u.excluded_subjects)
            and coalesce(u.level, m.level) = m.level)
    and not (
        u.measure_name = 'run_overdue_hours'
        and exists (
            select
            from ops.expected_runs as e
            where e.is_enabled and e.job_name like u.subject_pattern));

comment on view monitor.silent_rules is 'Rules that cannot open an alert, since what they read was never there.';
comment on column monitor.silent_rules.rule_name is 'The rule.';
comment on column monitor.silent_rules.measure_name is 'The measure that it reads.';
comment on column monitor.silent_rules.subject_pattern is 'The subjects that it reads.';
comment on column monitor.silent_rules.owner is 'Who is to see to it.';
comment on column monitor.silent_rules.reason is 'What is missing.';
grant select on monitor.silent_rules to vitrine_job, vitrine_analyst, vitrine_dashboard;
