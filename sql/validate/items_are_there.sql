-- There is something to recommend: items known and available.
--
-- Check   fail
-- Owner   catalogue
-- Action  Import items, or see why all of them were removed.
-- Reads   source.item_versions
-- Params  as_of_date
-- Output  subject, detail, violation_count
-- Note    Judged by what was known before the date, so that a run for a past date is not held by
--         what was said of the items since.
select
    'source.items'::text as subject,
    'no available item was known before the date'::text as detail,
    1::bigint as violation_count
where not exists (
    select from (
        select distinct on (w.item_id) w.is_available
        from source.item_versions as w
        where w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.item_id, w.known_at desc
    ) as v
    where v.is_available);
