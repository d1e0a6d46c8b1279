-- No user does in a minute or a day what a person cannot, or has a large part of all that is done.
--
-- Check     warn
-- Owner     data
-- Action    Find out who it is. To leave a robot out, delete its interactions before the features are built.
-- Settings  largest_acts_a_minute 120, largest_impressions_a_minute 1200, largest_events 20000, largest_share 0.05, smallest_users 100
-- Reads     source.interactions, source.actions
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per user and reason; the count is the user's events
-- Note      Of the last day known. Acts are what is not an impression or a watch, which logs write in batches,
--           and of one kind: a row of a log may stand for several kinds. The share is judged where there
--           are smallest_users. Watching more than a day in a day is beyond a person too. A log without
--           times, its moments given by its order, has no minutes: switch the check off for it.
with

minutes as (
    select
        i.user_id,
        i.action_id,
        date_bin('1 minute', i.occurred_at, timestamptz '2000-01-01 00:00:00+00') as minute_start,
        count(*) as event_count,
        sum(i.value::double precision) as value_sum
    from source.interactions as i
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.known_at >= (:'as_of_date'::date - 1)::timestamp at time zone 'UTC'
    group by 1, 2, 3
),

users as (
    select
        m.user_id,
        sum(m.event_count) as event_count,
        max(m.event_count) filter (where a.action_name not in ('impression', 'watch')) as largest_acts,
        max(m.event_count) filter (where a.action_name = 'impression') as largest_impressions,
        -- What became known on a day may have happened on several.
        sum(m.value_sum) filter (where a.action_name = 'watch')
            / count(distinct (m.minute_start at time zone 'UTC')::date) as watch_seconds
    from minutes as m
    inner join source.actions as a on a.action_id = m.action_id
    group by m.user_id
),

totals as (
    select
        count(*) as user_count,
        sum(u.event_count) as event_count
    from users as u
)

select
    'user ' || u.user_id as subject,
    r.reason as detail,
    u.event_count::bigint as violation_count
from users as u
cross join totals as t
cross join lateral (values
    (u.largest_acts > :'largest_acts_a_minute'::bigint, 'acts within a minute'),
    (u.largest_impressions > :'largest_impressions_a_minute'::bigint, 'impressions within a minute'),
    (u.event_count > :'largest_events'::bigint, 'events in a day'),
    (u.watch_seconds > 86400, 'seconds watched in a day'),
    (t.user_count >= :'smallest_users'::bigint
        and u.event_count > :'largest_share'::double precision * t.event_count,
        'share of all events of the day')
) as r (is_beyond, reason)
where r.is_beyond
order by violation_count desc, u.user_id, r.reason;
