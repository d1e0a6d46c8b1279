-- A source of candidates, and how many others are asked.
--
-- Grain   one row, or none
-- Reads   serving.sources
-- Params  source_name
select
    s.is_enabled,
    (
        select count(*)
        from serving.sources as o
        where o.is_enabled and o.priority is not null and o.quota > 0 and o.source_id <> s.source_id
    ) as other_count
from serving.sources as s
where s.source_name = :'source_name'::text and s.priority is not null;
