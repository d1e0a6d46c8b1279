-- Nobody watches one item for more than a day or for less than no time.
--
-- Check     warn
-- Owner     data
-- Action    Look at the unit of the value in the mapping: watch is in seconds.
-- Settings  largest_seconds 86400, window_days 7
-- Reads     source.interactions, source.actions
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per item, most events first
select
    i.item_id::text as subject,
    'watch time below 0 or above what is possible'::text as detail,
    count(*) as violation_count
from source.interactions as i
where i.action_id = (select a.action_id from source.actions as a where a.action_name = 'watch')
    and (i.value < 0 or i.value > :'largest_seconds'::double precision)
    and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    and i.known_at >= (:'as_of_date'::date - :'window_days'::integer)::timestamp at time zone 'UTC'
group by i.item_id
order by violation_count desc, i.item_id;
