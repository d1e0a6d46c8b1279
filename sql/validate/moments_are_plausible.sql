-- Nothing happened before there was a log, and nothing was created before 1971 or long after it was known.
--
-- Check     warn
-- Owner     data
-- Action    Look at the unit of the moment in the mapping: seconds read as milliseconds end in January 1970.
-- Settings  earliest_year 2000, earliest_creation_year 1971, tolerated_days 366
-- Reads     source.interactions, source.user_versions, source.item_versions
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per day of interactions, and per table
-- Note      Interactions so old are found by the months they lie in, without a scan of the others.
select
    (i.occurred_at at time zone 'UTC')::date::text as subject,
    'interactions before all that can be'::text as detail,
    count(*) as violation_count
from source.interactions as i
where i.occurred_at < make_timestamptz(:'earliest_year'::integer, 1, 1, 0, 0, 0, 'UTC')
    and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
group by (i.occurred_at at time zone 'UTC')::date

union all

select 'source.users', 'created_at is too early or too late', count(*)
from source.user_versions as v
where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    and (v.created_at < make_timestamptz(:'earliest_creation_year'::integer, 1, 1, 0, 0, 0, 'UTC')
        or v.created_at > greatest(v.known_at, :'as_of_date'::date::timestamp at time zone 'UTC')
            + make_interval(days => :'tolerated_days'::integer))
having count(*) > 0

union all

select 'source.items', 'created_at is too early or too late', count(*)
from source.item_versions as v
where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    and (v.created_at < make_timestamptz(:'earliest_creation_year'::integer, 1, 1, 0, 0, 0, 'UTC')
        or v.created_at > greatest(v.known_at, :'as_of_date'::date::timestamp at time zone 'UTC')
            + make_interval(days => :'tolerated_days'::integer))
having count(*) > 0
order by violation_count desc, subject;
