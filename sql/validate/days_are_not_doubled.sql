-- The last day is a day of its own: neither the day before again, nor loaded twice under other keys.
--
-- Check     warn
-- Owner     data
-- Action    See what was delivered for the day; the rows of an import can be told by import_id.
-- Settings  largest_repeated_share 0.2, largest_alike_share 0.2, smallest_count 100
-- Reads     source.interactions
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per kind of doubling; the count is the events
-- Note      Repeated: the same user, item and action exactly a day earlier. Alike: the same user, item,
--           action and moment, but another value, surface, position or request. Rows alike in all are one
--           row, which duplicates_are_few counts. Both days are read by the index on known_at.
with

events as (
    select
        i.user_id, i.item_id, i.action_id, i.occurred_at,
        i.known_at >= (:'as_of_date'::date - 1)::timestamp at time zone 'UTC' as is_last
    from source.interactions as i
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.known_at >= (:'as_of_date'::date - 2)::timestamp at time zone 'UTC'
),

last_day as (
    select e.user_id, e.item_id, e.action_id, e.occurred_at, count(*) as event_count
    from events as e
    where e.is_last
    group by e.user_id, e.item_id, e.action_id, e.occurred_at
),

totals as (
    select
        sum(l.event_count) as event_count,
        sum(l.event_count) - count(*) as alike_count,
        (
            select count(*)
            from (
                select distinct e.user_id, e.item_id, e.action_id, e.occurred_at
                from events as e
                where not e.is_last
            ) as b
            inner join last_day as r
                on r.user_id = b.user_id
                and r.item_id = b.item_id
                and r.action_id = b.action_id
                and r.occurred_at = b.occurred_at + interval '24 hours'
        ) as repeated_count
    from last_day as l
    having sum(l.event_count) >= :'smallest_count'::bigint
)

select
    (:'as_of_date'::date - 1)::text as subject,
    k.detail,
    k.violation_count::bigint as violation_count
from totals as t
cross join lateral (values
    ('events repeat those of the day before', t.repeated_count,
        :'largest_repeated_share'::double precision),
    ('events are alike but for value, surface, position or request', t.alike_count,
        :'largest_alike_share'::double precision)
) as k (detail, violation_count, largest_share)
where k.violation_count > k.largest_share * t.event_count
order by violation_count desc, k.detail;
