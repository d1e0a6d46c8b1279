-- Removes the lists of the index of a publication; what it reached in recall stays on record.
--
-- Reads   ann.indexes
-- Writes  ann.lists, ann.codebooks, ann.indexes
-- Params  publication_id
select
    ops.drop_list_partition('ann', 'list_entries', i.index_id) as is_dropped,
    ann.drop_mirror(i.index_id) as is_mirror_dropped
from ann.indexes as i
where i.publication_id = :'publication_id'::bigint;

delete from ann.lists as l
using ann.indexes as i
where i.index_id = l.index_id and i.publication_id = :'publication_id'::bigint;

delete from ann.codebooks as c
using ann.indexes as i
where i.index_id = c.index_id and i.publication_id = :'publication_id'::bigint;

update ann.indexes
set status = 'dropped'
where publication_id = :'publication_id'::bigint and status = 'ready';
