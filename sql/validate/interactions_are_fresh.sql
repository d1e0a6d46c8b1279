-- Every day of the last week has come: interactions that happened on it, about as many as on its weekday.
--
-- Check     warn
-- Owner     data
-- Action    See why the log of the day was not delivered, and import it.
-- Settings  smallest_share 0.05, largest_lag_days 2, window_days 7
-- Reads     monitor.event_days, source.interactions
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per day that is missing; without any interaction
--           in four weeks one row, the count being the days since the newest
-- Note      A day is the one on which things happened, whenever they became known: a backfill of an old
--           day brings that day, not yesterday. A day is missing below smallest_share of the mean of its
--           weekday before, of the mean of all days before where that weekday has not been; so a shop
--           closed on Sundays misses none. A log that usually comes days later (the median of the last
--           four weeks) is waited for, but not longer than largest_lag_days.
with

days as (
    select d.occurred_date, min(d.known_date) as known_date, sum(d.event_count) as event_count
    from monitor.event_days as d
    where d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - 29
        and d.occurred_date >= :'as_of_date'::date - 36
    group by d.occurred_date
),

lag as (
    select least(
        percentile_disc(0.5) within group (order by d.known_date - d.occurred_date),
        :'largest_lag_days'::integer) as lag_days
    from days as d
),

first_day as (
    select min(d.occurred_date) as occurred_date from days as d
),

due as (
    select t.occurred_date::date as occurred_date
    from lag as l
    cross join first_day as f
    cross join lateral generate_series(
        (:'as_of_date'::date - :'window_days'::integer)::timestamp,
        (:'as_of_date'::date - 1 - l.lag_days)::timestamp, interval '1 day') as t (occurred_date)
    where t.occurred_date::date > f.occurred_date
),

-- Days of the past that brought nothing count as 0.
past as (
    select
        t.occurred_date,
        p.occurred_date::date as past_date,
        coalesce(d.event_count, 0) as event_count,
        (t.occurred_date - p.occurred_date::date) % 7 = 0 as is_weekday
    from due as t
    cross join first_day as f
    cross join lateral generate_series(
        greatest(f.occurred_date, t.occurred_date - 28)::timestamp,
        (t.occurred_date - 1)::timestamp, interval '1 day') as p (occurred_date)
    left join days as d on d.occurred_date = p.occurred_date::date
),

usual as (
    select
        p.occurred_date,
        coalesce(avg(p.event_count) filter (where p.is_weekday), avg(p.event_count)) as event_count
    from past as p
    group by p.occurred_date
)

select
    u.occurred_date::text as subject,
    coalesce(d.event_count, 0) || ' interactions of that day are known, where '
        || round(u.event_count) || ' are usual' as detail,
    1::bigint as violation_count
from usual as u
left join days as d on d.occurred_date = u.occurred_date
where coalesce(d.event_count, 0) < :'smallest_share'::double precision * u.event_count

union all

select
    'source.interactions' as subject,
    'the newest interaction became known on ' || n.known_date as detail,
    (:'as_of_date'::date - n.known_date - 1)::bigint as violation_count
from (
    select (max(i.known_at) at time zone 'UTC')::date as known_date
    from source.interactions as i
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and not exists (select from days)
) as n
where n.known_date is not null
order by subject desc;
