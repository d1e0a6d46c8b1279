-- What stands in the lists of an index.
--
-- Grain   one row per chunk, list by list
-- Reads   ann.list_entries
-- Params  index_id
select e.list_number, e.item_ids, e.codes
from ann.list_entries as e
where e.index_id = :'index_id'::bigint
order by e.list_number, e.chunk_number;
