-- Removes the index that an earlier attempt of this run left.
--
-- Reads   ann.indexes
-- Writes  ann.indexes
-- Params  run_id
select
    ops.drop_list_partition('ann', 'list_entries', i.index_id) as is_dropped,
    ann.drop_mirror(i.index_id) as is_mirror_dropped
from ann.indexes as i
where i.run_id = :'run_id'::bigint;

delete from ann.indexes where run_id = :'run_id'::bigint;
