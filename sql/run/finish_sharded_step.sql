-- Closes a step when the last of its shards is done.
--
-- Writes  ops.steps
-- Reads   ops.sharded_steps, ops.step_shards
-- Params  run_id, step_name
-- Note    Asked by every shard as it ends, one after the other: the last one finds all others.
with

done as (
    select
        count(*) as shard_count,
        sum(d.rows_in) as rows_in,
        sum(d.rows_out) as rows_out
    from ops.step_shards as d
    where d.run_id = :'run_id'::bigint
        and d.step_name = :'step_name'::text
        and d.status = 'succeeded'
),

counts as (
    -- What shards say of themselves are counts.
    select coalesce(jsonb_object_agg(c.key, c.total), '{}') as details
    from (
        select e.key, sum(e.value::text::numeric) as total
        from ops.step_shards as d
        cross join lateral jsonb_each(d.details) as e
        where d.run_id = :'run_id'::bigint
            and d.step_name = :'step_name'::text
            and d.status = 'succeeded'
        group by e.key
    ) as c
),

totals as (
    select
        s.shard_count,
        coalesce(s.rows_in, 0) + coalesce(d.rows_in, 0) as rows_in,
        coalesce(s.rows_out, 0) + coalesce(d.rows_out, 0) as rows_out,
        s.details || c.details as details
    from ops.sharded_steps as s
    inner join done as d on d.shard_count = s.shard_count
    cross join counts as c
    where s.run_id = :'run_id'::bigint and s.step_name = :'step_name'::text
)

update ops.steps as p
set status = 'succeeded',
    finished_at = clock_timestamp(),
    rows_in = t.rows_in,
    rows_out = t.rows_out,
    rows_per_second = greatest(t.rows_in, t.rows_out)
        / greatest(extract(epoch from clock_timestamp() - p.started_at)::double precision, 0.000001),
    details = t.details || jsonb_build_object('shards', t.shard_count)
from totals as t
where p.run_id = :'run_id'::bigint
    and p.step_name = :'step_name'::text
    and p.status = 'running';
