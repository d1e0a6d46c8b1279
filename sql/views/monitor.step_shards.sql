-- Shards of steps that several processes share, as they were last attempted.
--
-- Grain   one row per run, step and shard
-- Reads   ops.sharded_steps, ops.step_shards
create or replace view monitor.step_shards as
select
    s.run_id,
    s.step_name,
    i.shard_index::smallint as shard_index,
    s.shard_count,
    coalesce(d.status, 'waiting') as status,
    coalesce(d.attempt_count, 0) as attempt_count,
    d.host_name,
    d.process_id,
    s.opened_at,
    d.started_at,
    d.finished_at,
    extract(epoch from coalesce(d.finished_at, clock_timestamp()) - d.started_at)::double precision
        as duration_seconds,
    d.rows_in,
    d.rows_out,
    d.error_message
from ops.sharded_steps as s
cross join lateral generate_series(0, s.shard_count - 1) as i (shard_index)
left join ops.step_shards as d
    on d.run_id = s.run_id and d.step_name = s.step_name and d.shard_index = i.shard_index;

comment on view monitor.step_shards is 'Shards of steps that several processes share, as they were last attempted.';
comment on column monitor.step_shards.run_id is 'The run.';
comment on column monitor.step_shards.step_name is 'Name of the step.';
comment on column monitor.step_shards.shard_index is 'Which shard, from 0.';
comment on column monitor.step_shards.shard_count is 'Of how many.';
comment on column monitor.step_shards.status is 'waiting (not begun), running, succeeded, failed or interrupted. A process that was killed could not say so: its shard is running until it is begun again.';
comment on column monitor.step_shards.attempt_count is 'How often it was begun.';
comment on column monitor.step_shards.host_name is 'Machine of the last attempt; null before the first, as all that follows.';
comment on column monitor.step_shards.process_id is 'Process of the last attempt.';
comment on column monitor.step_shards.opened_at is 'When the first shard of the step began.';
comment on column monitor.step_shards.started_at is 'When the last attempt began.';
comment on column monitor.step_shards.finished_at is 'When it ended.';
comment on column monitor.step_shards.duration_seconds is 'How long it took, or has been running.';
comment on column monitor.step_shards.rows_in is 'Rows read; null where it cannot be said.';
comment on column monitor.step_shards.rows_out is 'Rows written.';
comment on column monitor.step_shards.error_message is 'What ended it.';
grant select on monitor.step_shards to vitrine_job, vitrine_analyst, vitrine_dashboard;
