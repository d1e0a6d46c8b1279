-- Days that have not been aggregated yet, as of a date.
--
-- Grain   one row: the first and the last pending day; both null where there is none
-- Reads   source.interactions, feature.days
-- Params  as_of_date   days before this date
-- Output  from_date, until_date   both inclusive, UTC
-- Note    Days are closed in order, so what is pending is a tail: from the first day that is missing on.
with

first_known as (
    select (min(i.known_at) at time zone 'UTC')::date as known_date
    from source.interactions as i
),

pending as (
    select d.known_date::date as known_date
    from first_known as f
    cross join lateral generate_series(
        f.known_date::timestamp, :'as_of_date'::date - interval '1 day', interval '1 day')
        as d (known_date)
    where not exists (select from feature.days as b where b.known_date = d.known_date::date)
)

select min(p.known_date) as from_date, max(p.known_date) as until_date
from pending as p;
