-- How many of the nearest items the index of a publication is meant to find.
--
-- Grain   one row
-- Reads   ann.indexes, ann.recall
-- Params  publication_id
-- Note    That of its target of recall: a hundred where the search was exact.
select coalesce(max(r.cutoff), 100) as cutoff
from ann.indexes as i
inner join ann.recall as r on r.index_id = i.index_id and r.searched_for = 'candidates'
where i.publication_id = :'publication_id'::bigint and i.status = 'ready';
