-- Stores the report monitor.funnel of the publication, which is then read instead of counted.
--
-- Grain   one row per source, stage and reason
-- Reads   monitor.funnel
-- Writes  monitor.funnel_history
-- Params  publication_id
insert into monitor.funnel_history
    (publication_id, source, stage_place, stage, in_count, kept_count, reason, reason_count)
select
    f.publication_id, f.source, f.stage_place, f.stage, f.in_count, f.kept_count,
    coalesce(f.reason, ''), f.reason_count
from monitor.funnel as f
where f.publication_id = :'publication_id'::bigint;
