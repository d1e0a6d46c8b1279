-- The lists of an index.
--
-- Grain   one row per list, in order
-- Reads   ann.lists
-- Params  index_id
select l.list_number, l.centroid
from ann.lists as l
where l.index_id = :'index_id'::bigint
order by l.list_number;
