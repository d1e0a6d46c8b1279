-- Steps that several processes share, each a shard of the users.

create table ops.sharded_steps (
    run_id bigint not null,
    step_name text not null,
    shard_count smallint not null,
    prepared_at timestamptz null,
    rows_in bigint null,
    rows_out bigint null,
    details jsonb not null default '{}',
    opened_at timestamptz not null default clock_timestamp(),
    constraint sharded_steps_have_a_key primary key (run_id, step_name),
    constraint sharded_step_belongs_to_a_run foreign key (run_id) references ops.runs (run_id),
    constraint sharded_step_has_a_bucket_for_every_shard check (shard_count between 1 and 1024),
    constraint sharded_step_counts_are_not_negative check (rows_in >= 0 and rows_out >= 0)
);
comment on table ops.sharded_steps is 'One row per step of a run that is done in shards. The first shard to begin says how many there are.';
comment on column ops.sharded_steps.run_id is 'The run.';
comment on column ops.sharded_steps.step_name is 'The step.';
comment on column ops.sharded_steps.shard_count is 'How many shards there are; another number is refused.';
comment on column ops.sharded_steps.prepared_at is 'When what is not by user was done; null until then. Shards begin after it.';
comment on column ops.sharded_steps.rows_in is 'Rows that the preparation read; null where it cannot be said.';
comment on column ops.sharded_steps.rows_out is 'Rows that the preparation wrote.';
comment on column ops.sharded_steps.details is 'What else the preparation says of itself.';
comment on column ops.sharded_steps.opened_at is 'When the first shard began.';

create table ops.step_shards (
    run_id bigint not null,
    step_name text not null,
    shard_index smallint not null,
    status text not null default 'running',
    attempt_count integer not null default 1,
    host_name text not null,
    process_id integer not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz null,
    rows_in bigint null,
    rows_out bigint null,
    details jsonb not null default '{}',
    error_message text null,
    constraint step_shards_have_a_key primary key (run_id, step_name, shard_index),
    constraint shard_belongs_to_a_sharded_step
        foreign key (run_id, step_name) references ops.sharded_steps (run_id, step_name),
    constraint shards_count_from_zero check (shard_index >= 0),
    constraint shard_status_is_known
        check (status in ('running', 'succeeded', 'failed', 'interrupted')),
    constraint shard_has_a_finish_exactly_when_it_is_over
        check ((status = 'running') = (finished_at is null)),
    constraint shard_counts_are_not_negative check (rows_in >= 0 and rows_out >= 0),
    constraint shard_is_attempted_at_least_once check (attempt_count >= 1)
);
comment on table ops.step_shards is 'One row per shard of a step of a run, as it was last attempted. A shard that is done is not done again.';
comment on column ops.step_shards.run_id is 'The run.';
comment on column ops.step_shards.step_name is 'The step.';
comment on column ops.step_shards.shard_index is 'Which shard, from 0; of how many, ops.sharded_steps says.';
comment on column ops.step_shards.status is 'running, succeeded, failed (an error ended it) or interrupted (its process died).';
comment on column ops.step_shards.attempt_count is 'How often it was begun.';
comment on column ops.step_shards.host_name is 'Machine of the process that does or did it last.';
comment on column ops.step_shards.process_id is 'Process that does or did it last.';
comment on column ops.step_shards.started_at is 'When the last attempt began.';
comment on column ops.step_shards.finished_at is 'When it ended; null while it runs.';
comment on column ops.step_shards.rows_in is 'Rows that the shard read; null where it cannot be said.';
comment on column ops.step_shards.rows_out is 'Rows that the shard wrote.';
comment on column ops.step_shards.details is 'What else the shard says of itself.';
comment on column ops.step_shards.error_message is 'What ended the last attempt, without any value of the data.';
