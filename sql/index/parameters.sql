-- How an index was built.
--
-- Grain   one row
-- Reads   ann.indexes
-- Params  index_id
select i.parameters::text
from ann.indexes as i
where i.index_id = :'index_id'::bigint;
