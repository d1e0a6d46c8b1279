-- The sources that a publication asks, as they were set when it was begun, but for those it goes without.
--
-- Grain   one row per source, by priority
-- Reads   serving.publication_sources, serving.sources
-- Params  publication_id
select p.source_id, s.source_name, p.quota, p.first_stage_places, p.parameters
from serving.publication_sources as p
inner join serving.sources as s on s.source_id = p.source_id
where p.publication_id = :'publication_id'::bigint and p.left_out_reason is null
order by p.priority;
