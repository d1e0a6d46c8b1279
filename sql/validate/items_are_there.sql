-- There is something to recommend: items known and available.
--
-- Check   fail
-- Reads   source.items
-- Params  as_of_date
-- Output  subject, detail, violation_count
select
    'source.items'::text as subject,
    'no available item was known before the date'::text as detail,
    1::bigint as violation_count
where not exists (
    select from source.items as i
    where i.is_available and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC');
