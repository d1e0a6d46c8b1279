-- Steps of a run that are done in shards.
--
-- Grain   one row per step
-- Reads   monitor.step_shards
-- Params  run_id
-- Output  missing_shards   those that are not done, ascending
select
    s.step_name,
    count(*) as shard_count,
    count(*) filter (where s.status = 'succeeded') as succeeded_count,
    count(*) filter (where s.status = 'running') as running_count,
    coalesce(
        array_agg(s.shard_index order by s.shard_index) filter (where s.status <> 'succeeded'), '{}')
        as missing_shards
from monitor.step_shards as s
where s.run_id = :'run_id'::bigint
group by s.step_name
order by min(s.opened_at), s.step_name;
