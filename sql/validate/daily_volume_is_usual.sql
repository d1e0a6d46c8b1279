-- The last day brought about as many interactions as its weekday does.
--
-- Check     warn
-- Owner     data
-- Action    See whether a log is missing or was loaded twice; after a launch or a holiday nothing is to be done.
-- Settings  smallest_factor 1.75, largest_factor 3, largest_lag_days 2
-- Reads     monitor.event_days
-- Params    as_of_date
-- Output    subject, detail, violation_count   the count is how many are missing or too many
-- Note      Compared with the median of the same weekday over four weeks, where there are at least two.
--           The factor that is borne grows with how much these weeks differ from one another and with
--           how few events there are: exp(4 s + 4 / √median), s the largest |ln(week / median)|, but not
--           below smallest_factor or above largest_factor. Days are those on which things happened, each
--           with what was known as soon after it as is usual.
with

days as (
    select d.occurred_date, d.known_date, sum(d.event_count) as event_count
    from monitor.event_days as d
    where d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - 29
        and d.occurred_date >= :'as_of_date'::date - 36
    group by d.occurred_date, d.known_date
),

lag as (
    select least(
        percentile_disc(0.5) within group (order by f.known_date - f.occurred_date),
        :'largest_lag_days'::integer) as lag_days
    from (
        select d.occurred_date, min(d.known_date) as known_date from days as d group by d.occurred_date
    ) as f
),

timely as (
    select d.occurred_date, sum(d.event_count) as event_count
    from days as d
    cross join lag as l
    where d.known_date <= d.occurred_date + l.lag_days
    group by d.occurred_date
),

first_day as (
    select min(d.occurred_date) as occurred_date from days as d
),

last_day as (
    select
        :'as_of_date'::date - 1 - l.lag_days as occurred_date,
        coalesce(t.event_count, 0)::double precision as event_count
    from lag as l
    left join timely as t on t.occurred_date = :'as_of_date'::date - 1 - l.lag_days
),

weeks as (
    select t.event_count::double precision as event_count
    from last_day as l
    inner join timely as t
        on t.occurred_date in (
            l.occurred_date - 7, l.occurred_date - 14, l.occurred_date - 21, l.occurred_date - 28)
    cross join first_day as f
    -- The first day of all is often but a part of one.
    where t.occurred_date > f.occurred_date or f.occurred_date <= :'as_of_date'::date - 29
),

usual as (
    select percentile_cont(0.5) within group (order by w.event_count) as event_count
    from weeks as w
    having count(*) >= 2
),

borne as (
    select
        u.event_count,
        exp(least(ln(:'largest_factor'::double precision), greatest(
            ln(:'smallest_factor'::double precision),
            4 * max(abs(ln(w.event_count / u.event_count))) + 4 / sqrt(u.event_count)))) as factor
    from usual as u
    cross join weeks as w
    group by u.event_count
)

select
    l.occurred_date::text as subject,
    l.event_count || ' interactions, where ' || round(b.event_count) || ' are usual' as detail,
    -- Never 0, not even for a day without any: a count of 0 means that all is well.
    abs(l.event_count - b.event_count)::bigint as violation_count
from last_day as l
cross join borne as b
where l.event_count * b.factor < b.event_count
    or l.event_count > b.event_count * b.factor;
