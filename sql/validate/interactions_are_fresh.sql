-- The newest interaction became known within the two days before the date.
--
-- Check   warn
-- Reads   source.interactions
-- Params  as_of_date
-- Output  subject, detail, violation_count   the count is the days that are missing
with

newest as (
    select (max(i.known_at) at time zone 'UTC')::date as known_date
    from source.interactions as i
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
)

select
    'source.interactions'::text as subject,
    'the newest interaction became known on ' || n.known_date as detail,
    (:'as_of_date'::date - n.known_date - 1)::bigint as violation_count
from newest as n
where n.known_date < :'as_of_date'::date - 2;
