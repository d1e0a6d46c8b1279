-- Items that may be recommended now: a removal counts at once, whatever the date of the run.
--
-- Grain   one row per item, by item_id
-- Reads   source.items, source.item_versions
-- Params  as_of_date   items must have been known before 00:00 UTC of this date
select i.item_id
from source.items as i
where i.is_available
    and exists (
        select from source.item_versions as v
        where v.item_id = i.item_id
            and v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC')
order by i.item_id;
