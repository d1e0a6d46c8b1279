-- The popular items of a publication, of each cohort and over all.
--
-- Grain   one row per language, region and rank, in order
-- Reads   serving.fallbacks
-- Params  publication_id
select f.language, f.region, f.item_id
from serving.fallbacks as f
where f.publication_id = :'publication_id'::bigint
order by f.language, f.region, f.rank;
