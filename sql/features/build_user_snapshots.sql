-- State of every known user before a date: how active, and of which cohort.
--
-- Grain   one row per user known before the date, or with an event known before it
-- Reads   source.user_versions, feature.user_action_days
-- Writes  feature.user_snapshots
-- Params  as_of_date   only what was known before 00:00 UTC of this date
insert into feature.user_snapshots
    (user_id, as_of_date, activity_cohort, active_days_28d, event_count_28d, days_since_last_event,
     language, region)
with

known as (
    select v.user_id
    from source.user_versions as v
    where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    union
    select d.user_id
    from feature.user_action_days as d
    where d.known_date < :'as_of_date'::date
),

activity as (
    select
        d.user_id,
        count(distinct d.occurred_date) as active_days,
        sum(d.event_count) as event_count,
        max(d.occurred_date) as last_occurred_date
    from feature.user_action_days as d
    where d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - 28
        and d.occurred_date >= :'as_of_date'::date - 28
    group by d.user_id
),

profiles as (
    select
        v.user_id,
        -- What is no text names no cohort.
        case 'string'
            when jsonb_typeof(v.attributes -> 'language') then v.attributes ->> 'language'
            when jsonb_typeof(v.attributes -> 'languages' -> 0) then v.attributes -> 'languages' ->> 0
        end as language,
        case 'string'
            when jsonb_typeof(v.attributes -> 'region') then v.attributes ->> 'region'
            when jsonb_typeof(v.attributes -> 'country') then v.attributes ->> 'country'
        end as region
    from (
        select distinct on (w.user_id) w.user_id, w.attributes
        from source.user_versions as w
        where w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.user_id, w.known_at desc
    ) as v
)

select
    k.user_id,
    :'as_of_date'::date as as_of_date,
    case
        when a.active_days is null then 'new'
        when a.active_days <= 2 then 'low'
        when a.active_days <= 9 then 'medium'
        else 'high'
    end as activity_cohort,
    coalesce(a.active_days, 0)::smallint as active_days_28d,
    coalesce(a.event_count, 0)::integer as event_count_28d,
    :'as_of_date'::date - a.last_occurred_date as days_since_last_event,
    p.language,
    p.region
from known as k
left join activity as a on a.user_id = k.user_id
left join profiles as p on p.user_id = k.user_id;
