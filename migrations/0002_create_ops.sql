-- The ledger of jobs: every run and every step of a run is a row.

create table ops.runs (
    run_id bigint generated always as identity,
    job_name text not null,
    as_of_date date not null,
    status text not null default 'running',
    parameters jsonb not null,
    code_version text not null,
    host_name text not null,
    process_id integer not null,
    attempt_count integer not null default 1,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz null,
    error_message text null,
    constraint runs_have_a_key primary key (run_id),
    constraint run_status_is_known
        check (status in ('running', 'succeeded', 'failed', 'interrupted')),
    constraint run_has_a_finish_exactly_when_it_is_over
        check ((status = 'running') = (finished_at is null)),
    constraint run_has_an_error_only_when_it_failed
        check (error_message is null or status in ('failed', 'interrupted')),
    constraint run_is_attempted_at_least_once check (attempt_count >= 1)
);
comment on table ops.runs is 'One row per run of a job for a date. A run that died is resumed in its row.';
comment on column ops.runs.run_id is 'Identifier of the run.';
comment on column ops.runs.job_name is 'Name of the job: the file jobs/<job_name>.yaml; or the word search and the name of a study.';
comment on column ops.runs.as_of_date is 'The run knows only what was known before 00:00 UTC of this date.';
comment on column ops.runs.status is 'running, succeeded, failed (an error ended it) or interrupted (its process died).';
comment on column ops.runs.parameters is 'The whole job file as read, so that a run can be understood and repeated.';
comment on column ops.runs.code_version is 'Version of Vitrine that started the run last.';
comment on column ops.runs.host_name is 'Machine of the process that runs or ran it last.';
comment on column ops.runs.process_id is 'Process that runs or ran it last.';
comment on column ops.runs.attempt_count is 'How often the run was started: 1, plus one for every resumption.';
comment on column ops.runs.started_at is 'When the first attempt began.';
comment on column ops.runs.finished_at is 'When the run reached its final state; null while it runs.';
comment on column ops.runs.error_message is 'What ended the run, without any value of the data.';

create index runs_by_job on ops.runs (job_name, as_of_date, run_id);

create table ops.steps (
    run_id bigint not null,
    step_name text not null,
    attempt integer not null,
    position smallint not null,
    status text not null default 'running',
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz null,
    rows_in bigint null,
    rows_out bigint null,
    rows_per_second double precision null,
    details jsonb not null default '{}',
    error_message text null,
    constraint steps_have_a_key primary key (run_id, step_name, attempt),
    constraint step_belongs_to_a_run foreign key (run_id) references ops.runs (run_id),
    constraint step_status_is_known
        check (status in ('running', 'succeeded', 'failed', 'interrupted')),
    constraint step_has_a_finish_exactly_when_it_is_over
        check ((status = 'running') = (finished_at is null)),
    constraint step_counts_are_not_negative check (rows_in >= 0 and rows_out >= 0),
    constraint step_attempts_count_from_one check (attempt >= 1)
);
comment on table ops.steps is 'One row per attempt at a step of a run: what it read and wrote, how long it took, how it ended.';
comment on column ops.steps.run_id is 'The run.';
comment on column ops.steps.step_name is 'Name of the step, the same as its folder under sql/.';
comment on column ops.steps.attempt is 'Which attempt of the run made this row, from 1.';
comment on column ops.steps.position is 'Place of the step in its job, from 1.';
comment on column ops.steps.status is 'running, succeeded, failed (an error ended it) or interrupted (its process died).';
comment on column ops.steps.started_at is 'When the attempt began.';
comment on column ops.steps.finished_at is 'When the attempt ended; null while it runs.';
comment on column ops.steps.rows_in is 'Rows that the step read; null where it cannot be said.';
comment on column ops.steps.rows_out is 'Rows that the step wrote.';
comment on column ops.steps.rows_per_second is 'rows_out, or rows_in where nothing is written, over the duration.';
comment on column ops.steps.details is 'What else the step says of itself: sizes, losses, checksums.';
comment on column ops.steps.error_message is 'What ended the attempt, without any value of the data.';

create table ops.watermarks (
    watermark_name text not null,
    closed_through timestamptz not null,
    updated_at timestamptz not null default clock_timestamp(),
    constraint watermarks_have_a_key primary key (watermark_name)
);
comment on table ops.watermarks is 'How far each layer has been closed: what became known before that moment no longer changes.';
comment on column ops.watermarks.watermark_name is 'The layer: features.';
comment on column ops.watermarks.closed_through is 'Everything known before this moment has been used; a row that arrives later counts as known from here.';
comment on column ops.watermarks.updated_at is 'When the watermark moved last.';
