-- Nobody watches one item for more than a day or for less than no time.
--
-- Check   warn
-- Reads   source.interactions, source.actions
-- Params  as_of_date
-- Output  subject, detail, violation_count   one row per item, most events first
select
    i.item_id::text as subject,
    'watch time below 0 or above 86,400 seconds'::text as detail,
    count(*) as violation_count
from source.interactions as i
inner join source.actions as a on a.action_id = i.action_id
where a.action_name = 'watch'
    and (i.value < 0 or i.value > 86400)
    and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    and i.known_at >= (:'as_of_date'::date - 28)::timestamp at time zone 'UTC'
group by i.item_id
order by violation_count desc, i.item_id;
