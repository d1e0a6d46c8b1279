-- The popular items of a publication.
--
-- Grain   one row per rank, in order
-- Reads   serving.fallbacks
-- Params  publication_id
select f.item_id, f.positive_count
from serving.fallbacks as f
where f.publication_id = :'publication_id'::bigint
order by f.rank;
