-- What varied varies still: no value of an action and no number of users is the same over a whole day.
--
-- Check     warn
-- Owner     data
-- Action    See whether what delivers the number hangs, or fills it with a constant.
-- Settings  smallest_count 50, smallest_days 3
-- Reads     monitor.event_days, source.actions, source.user_versions
-- Params    as_of_date, profile_numbers
-- Output    subject, detail, violation_count   one row per action or attribute; the count is the equal ones
-- Note      Held against the days of the last four weeks with as many values, of which less than a quarter
--           may have been constant: the first week of a fault does not become what is usual. Numbers of
--           users whose profile changed are held against those that the same users had.
with

days as (
    select
        d.action_id,
        d.known_date,
        sum(d.value_count) as value_count,
        min(d.value_minimum) = max(d.value_maximum) as is_constant
    from monitor.event_days as d
    where d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - 29
    group by d.action_id, d.known_date
    having sum(d.value_count) >= :'smallest_count'::bigint
),

-- What newcomers have may well be the same, such as no followers: those who were known before are asked.
numbers as (
    select
        p.attribute_name,
        count(*) as number_count,
        min((v.attributes ->> p.attribute_name)::numeric)
            = max((v.attributes ->> p.attribute_name)::numeric)
            and min((b.attributes ->> p.attribute_name)::numeric)
            < max((b.attributes ->> p.attribute_name)::numeric) as is_stuck
    from source.user_versions as v
    cross join unnest(:'profile_numbers'::text[]) as p (attribute_name)
    cross join lateral (
        select w.attributes
        from source.user_versions as w
        where w.user_id = v.user_id
            and w.known_at < (:'as_of_date'::date - 1)::timestamp at time zone 'UTC'
        order by w.known_at desc
        limit 1
    ) as b
    where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and v.known_at >= (:'as_of_date'::date - 1)::timestamp at time zone 'UTC'
        and jsonb_typeof(v.attributes -> p.attribute_name) = 'number'
        and jsonb_typeof(b.attributes -> p.attribute_name) = 'number'
    group by p.attribute_name
    having count(*) >= :'smallest_count'::bigint
)

select
    'value of ' || a.action_name as subject,
    'is one and the same over the day'::text as detail,
    n.value_count::bigint as violation_count
from days as n
inner join source.actions as a on a.action_id = n.action_id
where n.known_date = :'as_of_date'::date - 1
    and n.is_constant
    and (
        select count(*) >= :'smallest_days'::integer
            and count(*) filter (where o.is_constant) * 4 < count(*)
        from days as o
        where o.action_id = n.action_id and o.known_date < n.known_date)

union all

select
    'user attribute ' || n.attribute_name,
    'is one and the same for all whose profile changed, which it was not before',
    n.number_count
from numbers as n
where n.is_stuck
order by violation_count desc, subject;
