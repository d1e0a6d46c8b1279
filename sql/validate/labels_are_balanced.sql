-- Of what users were shown, about as much was liked, commented on, watched long, … as usual.
--
-- Check     warn
-- Owner     model
-- Action    See whether the action is still logged and delivered; if it is, look at what was recommended.
-- Settings  smallest_factor 2, smallest_z 4, smallest_count 100, smallest_days 7
-- Reads     monitor.event_days, source.actions
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per action; the count is how many are missing or too many
-- Note      The rate is per impression; per interaction where none were logged on the day. The last day is
--           held against the days of the four weeks before: the rate must differ by smallest_factor,
--           and by smallest_z standard deviations. Days differ by more than chance, so the variance is
--           that of the daily rates and that of the count, p (1 − p) / n, together. Level and spread are
--           median and interquartile range / 1.349, so that the first week of a fault does not become
--           what is usual. Actions with fewer than smallest_count events in those weeks are not judged.
-- Source    robust spread: Rousseeuw, Croux, Alternatives to the Median Absolute Deviation, JASA 1993
with

days as (
    select
        d.known_date,
        d.known_date = :'as_of_date'::date - 1 as is_last,
        coalesce(
            sum(d.event_count) filter (where a.action_name = 'impression'),
            sum(d.event_count))::double precision as exposure_count
    from monitor.event_days as d
    inner join source.actions as a on a.action_id = d.action_id
    where d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - 29
    group by d.known_date
    having coalesce(sum(d.event_count) filter (where a.action_name = 'impression'), sum(d.event_count))
        >= :'smallest_count'::bigint
),

-- A day on which the action did not happen counts as 0.
rates as (
    select
        a.action_id,
        a.action_name,
        d.is_last,
        d.exposure_count,
        coalesce(sum(e.event_count), 0)::double precision as event_count,
        coalesce(sum(e.event_count), 0)::double precision / d.exposure_count as rate
    from days as d
    cross join source.actions as a
    left join monitor.event_days as e on e.known_date = d.known_date and e.action_id = a.action_id
    where a.sign <> 0
    group by a.action_id, a.action_name, d.known_date, d.is_last, d.exposure_count
),

usual as (
    select
        r.action_id,
        percentile_cont(0.5) within group (order by r.rate) as rate,
        ((percentile_cont(0.75) within group (order by r.rate)
            - percentile_cont(0.25) within group (order by r.rate)) / 1.349) ^ 2 as variance
    from rates as r
    where not r.is_last
    group by r.action_id
    having count(*) >= :'smallest_days'::integer
        and sum(r.event_count) >= :'smallest_count'::bigint
)

select
    r.action_name as subject,
    r.rate::numeric(12, 4) || ' for each exposure, where ' || u.rate::numeric(12, 4) || ' are usual'
        as detail,
    greatest(abs(r.event_count - u.rate * r.exposure_count), 1)::bigint as violation_count
from rates as r
inner join usual as u on u.action_id = r.action_id
where r.is_last
    and u.rate > 0
    and (r.rate * :'smallest_factor'::double precision < u.rate
        or r.rate > u.rate * :'smallest_factor'::double precision)
    and abs(r.rate - u.rate) > :'smallest_z'::double precision
        * sqrt(u.variance + greatest(u.rate * (1 - u.rate), 0) / r.exposure_count)
order by violation_count desc, subject;
