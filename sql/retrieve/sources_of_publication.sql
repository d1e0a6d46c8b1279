-- The sources that a publication asks, as they were set when it was begun.
--
-- Grain   one row per source, by priority
-- Reads   serving.publication_sources, serving.sources
-- Params  publication_id
select p.source_id, s.source_name, p.quota, p.parameters
from serving.publication_sources as p
inner join serving.sources as s on s.source_id = p.source_id
where p.publication_id = :'publication_id'::bigint
order by p.priority;
