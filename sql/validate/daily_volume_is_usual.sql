-- The last day brought between a third and three times as many interactions as the same weekday lately.
--
-- Check   warn
-- Reads   source.interactions
-- Params  as_of_date
-- Output  subject, detail, violation_count   the count is how many are missing or too many
-- Note    Compared with the median of the same weekday over four weeks, where there are at least two.
with

days as (
    select
        (i.known_at at time zone 'UTC')::date as known_date,
        count(*) as interaction_count
    from source.interactions as i
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.known_at >= (:'as_of_date'::date - 29)::timestamp at time zone 'UTC'
    group by known_date
),

last_day as (
    select coalesce(max(d.interaction_count), 0) as interaction_count
    from days as d
    where d.known_date = :'as_of_date'::date - 1
),

usual as (
    select percentile_disc(0.5) within group (order by d.interaction_count) as interaction_count
    from days as d
    where d.known_date in (
        :'as_of_date'::date - 8, :'as_of_date'::date - 15,
        :'as_of_date'::date - 22, :'as_of_date'::date - 29)
    having count(*) >= 2
)

select
    (:'as_of_date'::date - 1)::text as subject,
    l.interaction_count || ' interactions, where ' || u.interaction_count || ' are usual' as detail,
    -- Never 0, not even for a day without any: a count of 0 means that all is well.
    abs(l.interaction_count - u.interaction_count) as violation_count
from last_day as l
cross join usual as u
where l.interaction_count * 3 < u.interaction_count
    or l.interaction_count > u.interaction_count * 3;
