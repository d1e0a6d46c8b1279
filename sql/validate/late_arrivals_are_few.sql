-- What became known in a day happened in it or on the day before, but for a few.
--
-- Check     warn
-- Owner     data
-- Action    See what holds the log up; after a backfill nothing is to be done. Training reads what is late too.
-- Settings  largest_share 0.1, largest_lag_days 1, smallest_count 100, window_days 1
-- Reads     monitor.event_days
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per day known; the count is what came late
with

days as (
    select
        d.known_date,
        sum(d.event_count) as event_count,
        sum(d.event_count) filter (
            where d.known_date - d.occurred_date > :'largest_lag_days'::integer) as late_count
    from monitor.event_days as d
    where d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - :'window_days'::integer
    group by d.known_date
)

select
    d.known_date::text as subject,
    round(d.late_count / d.event_count * 100, 1) || ' % became known later than a log usually comes'
        as detail,
    d.late_count::bigint as violation_count
from days as d
where d.event_count >= :'smallest_count'::bigint
    and d.late_count > :'largest_share'::double precision * d.event_count
order by subject;
