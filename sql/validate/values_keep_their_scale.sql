-- The mean value of an action is about what it was: no other unit, no other currency.
--
-- Check     warn
-- Owner     data
-- Action    Look at the unit of the value in the log and at the scale of the mapping.
-- Settings  smallest_factor 3, smallest_z 4, smallest_count 100, smallest_days 7
-- Reads     monitor.event_days, source.actions
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per action; the count is the values of the last day
-- Note      z is the distance of ln(mean) from its median over the days of the last four weeks, in
--           interquartile ranges / 1.349 of these days; a mean that is not positive is left out.
with

means as (
    select
        d.action_id,
        d.known_date,
        sum(d.value_count) as value_count,
        sum(d.value_sum) / sum(d.value_count) as mean_value
    from monitor.event_days as d
    where d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - 29
    group by d.action_id, d.known_date
    having sum(d.value_count) >= :'smallest_count'::bigint and sum(d.value_sum) > 0
),

usual as (
    select
        m.action_id,
        percentile_cont(0.5) within group (order by ln(m.mean_value)) as level,
        (percentile_cont(0.75) within group (order by ln(m.mean_value))
            - percentile_cont(0.25) within group (order by ln(m.mean_value))) / 1.349 as spread
    from means as m
    where m.known_date < :'as_of_date'::date - 1
    group by m.action_id
    having count(*) >= :'smallest_days'::integer
)

select
    a.action_name as subject,
    'the mean value is ' || m.mean_value::real || ', where ' || exp(u.level)::real || ' is usual' as detail,
    m.value_count::bigint as violation_count
from means as m
inner join usual as u on u.action_id = m.action_id
inner join source.actions as a on a.action_id = m.action_id
where m.known_date = :'as_of_date'::date - 1
    and abs(ln(m.mean_value) - u.level) > greatest(
        ln(:'smallest_factor'::double precision), :'smallest_z'::double precision * u.spread)
order by violation_count desc, subject;
