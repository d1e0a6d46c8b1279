-- The monitor layer: checks and measures, one row each per run. Dashboards read the views.

create table monitor.check_results (
    run_id bigint not null,
    check_name text not null,
    severity text not null,
    violation_count bigint not null,
    sample jsonb not null default '[]',
    checked_at timestamptz not null default clock_timestamp(),
    constraint check_results_have_a_key primary key (run_id, check_name),
    constraint check_severity_is_known check (severity in ('fail', 'warn')),
    constraint violation_count_is_not_negative check (violation_count >= 0)
);
comment on table monitor.check_results is 'What each check of the data found in a run.';
comment on column monitor.check_results.run_id is 'The run.';
comment on column monitor.check_results.check_name is 'The check: sql/validate/<check_name>.sql.';
comment on column monitor.check_results.severity is 'fail stops the job when something is found; warn does not.';
comment on column monitor.check_results.violation_count is 'Rows that break the rule; 0 is good.';
comment on column monitor.check_results.sample is 'Up to five of them.';
comment on column monitor.check_results.checked_at is 'When it was checked.';

create table monitor.measures (
    run_id bigint not null,
    level text not null,
    measure_name text not null,
    subject text not null,
    value double precision not null,
    unit text not null,
    measured_at timestamptz not null default clock_timestamp(),
    constraint measures_have_a_key primary key (run_id, measure_name, subject),
    constraint measure_level_is_known check (level in ('data', 'model', 'system')),
    constraint measure_is_finite check (value > '-infinity' and value < 'infinity')
);
comment on table monitor.measures is 'Measures of data, model and system, one row per run and subject.';
comment on column monitor.measures.run_id is 'The run.';
comment on column monitor.measures.level is 'data, model or system.';
comment on column monitor.measures.measure_name is 'What was measured.';
comment on column monitor.measures.subject is 'Of what: an action, a source, a table; all where it is one number.';
comment on column monitor.measures.value is 'The measure.';
comment on column monitor.measures.unit is 'Its unit: events, users, ratio, seconds, bytes.';
comment on column monitor.measures.measured_at is 'When it was measured.';

-- Tables of monitor hold samples of data: dashboards read the views alone.
