-- There is something to learn from: interactions known before the date.
--
-- Check   fail
-- Owner   data
-- Action  Import interactions, or run for a later date.
-- Reads   source.interactions
-- Params  as_of_date
-- Output  subject, detail, violation_count
select
    'source.interactions'::text as subject,
    'no interaction was known before the date'::text as detail,
    1::bigint as violation_count
where not exists (
    select from source.interactions as i
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC');
