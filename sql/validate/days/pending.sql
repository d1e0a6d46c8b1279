-- Days that have to be counted before the checks of a date, of the four weeks and a day that they read.
--
-- Grain   one row: the first and the last day to count; both null where there is none
-- Reads   monitor.counted_days
-- Params  as_of_date   days before this date
-- Output  from_date, until_date   both inclusive, UTC
-- Note    A day that is closed no longer changes. On most nights that leaves yesterday, and the day
--         before, which was not closed when it was counted.
with

pending as (
    select d.known_date::date as known_date
    from generate_series(
        :'as_of_date'::date::timestamp - interval '29 days',
        :'as_of_date'::date::timestamp - interval '1 day', interval '1 day') as d (known_date)
    where not exists (
        select from monitor.counted_days as c
        where c.known_date = d.known_date::date and c.is_closed)
)

select min(p.known_date) as from_date, max(p.known_date) as until_date
from pending as p;
