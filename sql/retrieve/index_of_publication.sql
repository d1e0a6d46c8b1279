-- The index that a publication is to be made with.
--
-- Grain   one row, or none where the job has no step index
-- Reads   ann.indexes
-- Params  publication_id
select i.index_id, i.space_id, i.kind, i.probes
from ann.indexes as i
where i.publication_id = :'publication_id'::bigint and i.status = 'ready';
