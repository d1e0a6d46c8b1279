-- Value, surface, position and request of interactions are not empty more often than they were.
--
-- Check     warn
-- Owner     data
-- Action    See whether the log still has the column, and whether the mapping names it.
-- Settings  smallest_rise 0.1, smallest_count 100, smallest_days 3
-- Reads     monitor.event_days, source.actions
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per action and column; the count is the empty ones
-- Note      The last day is held against the four weeks before: the share that a quarter of the days
--           exceed, and the median of the same weekday. So what is empty on Sundays may be, and the first
--           week of a fault does not become what is usual. Days and histories with fewer interactions or
--           days are not judged.
with

shares as (
    select
        a.action_name || ' ' || f.field_name as subject,
        d.known_date,
        sum(d.event_count) as event_count,
        sum(d.event_count) - sum(f.filled_count) as empty_count,
        1 - sum(f.filled_count) / sum(d.event_count) as share
    from monitor.event_days as d
    inner join source.actions as a on a.action_id = d.action_id
    cross join lateral (values
        ('value', d.value_count), ('surface', d.surface_count), ('position', d.position_count),
        ('request', d.request_count)
    ) as f (field_name, filled_count)
    where d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - 29
    group by a.action_name, f.field_name, d.known_date
    having sum(d.event_count) >= :'smallest_count'::bigint
),

usual as (
    select
        s.subject,
        greatest(
            percentile_disc(0.75) within group (order by s.share),
            percentile_disc(0.5) within group (order by s.share)
                filter (where (:'as_of_date'::date - 1 - s.known_date) % 7 = 0)) as share
    from shares as s
    where s.known_date < :'as_of_date'::date - 1
    group by s.subject
    having count(*) >= :'smallest_days'::integer
)

select
    s.subject,
    round(s.share * 100, 1) || ' % are empty, where ' || round(u.share * 100, 1) || ' % are usual'
        as detail,
    s.empty_count::bigint as violation_count
from shares as s
inner join usual as u on u.subject = s.subject
where s.known_date = :'as_of_date'::date - 1
    and s.share - u.share >= :'smallest_rise'::double precision
order by violation_count desc, s.subject;
