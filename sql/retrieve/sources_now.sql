-- The sources that a publication would ask now.
--
-- Grain   one row per source, by priority
-- Reads   serving.sources
select s.source_id, s.source_name, s.quota, s.parameters
from serving.sources as s
where s.is_enabled and s.priority is not null and s.quota > 0
order by s.priority;
