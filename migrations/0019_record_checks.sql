-- Checks with an owner, settings and a history; what each day brought, counted once for all checks.

alter table monitor.check_results
    add column owner text null,
    add column action text null,
    add column duration_seconds double precision null,
    add constraint check_duration_is_not_negative check (duration_seconds >= 0);
comment on column monitor.check_results.owner is 'Who sees to it; null in results of earlier versions.';
comment on column monitor.check_results.action is 'What to do when something is found; null in results of earlier versions.';
comment on column monitor.check_results.duration_seconds is 'How long the check took; null in results of earlier versions.';

create table monitor.check_settings (
    check_name text not null,
    is_enabled boolean not null default true,
    severity text null,
    owner text null,
    settings jsonb not null default '{}',
    reason text not null,
    constraint check_settings_have_a_key primary key (check_name),
    constraint set_severity_is_known check (severity in ('fail', 'warn')),
    constraint set_owner_is_not_empty check (owner <> ''),
    constraint check_settings_are_an_object check (jsonb_typeof(settings) = 'object'),
    constraint check_settings_have_a_reason check (reason <> '')
);
comment on table monitor.check_settings is 'Where a check is to be other than the header of its file says: a row for each such check.';
comment on column monitor.check_settings.check_name is 'The check: sql/validate/<check_name>.sql.';
comment on column monitor.check_settings.is_enabled is 'False to leave the check out.';
comment on column monitor.check_settings.severity is 'fail or warn; null for what the file says.';
comment on column monitor.check_settings.owner is 'Who sees to it; null for what the file says.';
comment on column monitor.check_settings.settings is 'Numbers by name that replace those after Settings in the header; names that are left out stay.';
comment on column monitor.check_settings.reason is 'Why it is so.';

create table monitor.counted_days (
    known_date date not null,
    is_closed boolean not null,
    counted_at timestamptz not null default clock_timestamp(),
    constraint counted_days_have_a_key primary key (known_date)
);
comment on table monitor.counted_days is 'Days whose interactions stand in monitor.event_days.';
comment on column monitor.counted_days.known_date is 'UTC day on which the interactions became known.';
comment on column monitor.counted_days.is_closed is 'Whether the day was closed when it was counted; one that was not is counted again.';
comment on column monitor.counted_days.counted_at is 'When it was counted.';

create table monitor.event_days (
    known_date date not null,
    occurred_date date not null,
    action_id smallint not null,
    event_count bigint not null,
    repeat_count bigint not null,
    value_count bigint not null,
    surface_count bigint not null,
    position_count bigint not null,
    request_count bigint not null,
    value_sum double precision not null,
    value_minimum real null,
    value_maximum real null,
    constraint event_days_have_a_key primary key (known_date, occurred_date, action_id),
    constraint event_day_counts_at_least_one check (event_count >= 1),
    constraint event_day_counts_are_nested check (
        repeat_count >= event_count
        and value_count between 0 and event_count
        and surface_count between 0 and event_count
        and position_count between 0 and event_count
        and request_count between 0 and event_count),
    constraint event_day_has_a_range_exactly_when_it_has_values
        check ((value_count = 0) = (value_minimum is null) and (value_count = 0) = (value_maximum is null))
);
comment on table monitor.event_days is 'What each day brought, by action: counted once from the interactions, read by the checks that compare days.';
comment on column monitor.event_days.known_date is 'UTC day on which the interactions became known.';
comment on column monitor.event_days.occurred_date is 'UTC day on which they happened.';
comment on column monitor.event_days.action_id is 'The action.';
comment on column monitor.event_days.event_count is 'Interactions, exact duplicates counted once.';
comment on column monitor.event_days.repeat_count is 'Interactions, as often as they stood in the logs.';
comment on column monitor.event_days.value_count is 'Interactions with a value.';
comment on column monitor.event_days.surface_count is 'Interactions with a surface.';
comment on column monitor.event_days.position_count is 'Interactions with a position.';
comment on column monitor.event_days.request_count is 'Interactions with a request.';
comment on column monitor.event_days.value_sum is 'Sum of the values.';
comment on column monitor.event_days.value_minimum is 'Smallest value; null where there is none.';
comment on column monitor.event_days.value_maximum is 'Largest value; null where there is none.';
