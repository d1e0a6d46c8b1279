-- Interactions are by users that were imported.
--
-- Check     warn
-- Owner     data
-- Action    Import the users too, or refuse their rows: unknown_ids of the mapping.
-- Settings  window_days 7
-- Reads     source.interactions, source.user_versions
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per unknown user, most events first
select
    i.user_id::text as subject,
    'user is not in source.users'::text as detail,
    count(*) as violation_count
from source.interactions as i
where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    and i.known_at >= (:'as_of_date'::date - :'window_days'::integer)::timestamp at time zone 'UTC'
    and not exists (select from source.user_versions as v where v.user_id = i.user_id)
group by i.user_id
order by violation_count desc, i.user_id;
