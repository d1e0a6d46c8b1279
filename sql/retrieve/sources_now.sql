-- The sources that a publication would ask now.
--
-- Grain   one row per source, by priority
-- Reads   serving.sources, ops.breakers
-- Note    Without those that fail run after run.
select s.source_id, s.source_name, s.quota, s.first_stage_places, s.parameters
from serving.sources as s
where s.is_enabled
    and s.priority is not null
    and s.quota > 0
    and not exists (
        select from ops.breakers as b
        where b.breaker_name = 'source/' || s.source_name and b.opened_on is not null)
order by s.priority;
