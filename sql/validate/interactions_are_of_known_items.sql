-- Interactions are with items that were imported; an unknown item cannot be recommended well.
--
-- Check     warn
-- Owner     catalogue
-- Action    Import the items too, or refuse their rows: unknown_ids of the mapping.
-- Settings  window_days 7
-- Reads     source.interactions, source.item_versions
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per unknown item, most events first
select
    i.item_id::text as subject,
    'item is not in source.items'::text as detail,
    count(*) as violation_count
from source.interactions as i
where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    and i.known_at >= (:'as_of_date'::date - :'window_days'::integer)::timestamp at time zone 'UTC'
    and not exists (select from source.item_versions as v where v.item_id = i.item_id)
group by i.item_id
order by violation_count desc, i.item_id;
