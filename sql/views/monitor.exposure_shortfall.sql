-- Items that are owed exposures: new ones, and those that did not have them when they were.
--
-- Grain   one row per available item that is new, or has had less than it is owed, at its newest snapshot
-- Reads   feature.item_snapshots, feature.snapshots, feature.item_action_days, source.item_versions,
--         source.actions, serving.sources
-- Note    What is owed, and for how long, stands in the parameters of the source fresh, whose statement
--         proposes the items with a shortfall. An item with none is one that got what it is owed in time.
create or replace view monitor.exposure_shortfall as
with

programme as (
    select
        (s.parameters ->> 'owed_exposures')::integer as owed_count,
        (s.parameters ->> 'owed_hours')::integer as owed_hours,
        24 * (s.parameters ->> 'arrears_days')::integer as arrears_hours
    from serving.sources as s
    where s.source_name = 'fresh'
),

newest as (
    select max(s.as_of_date) as as_of_date
    from feature.snapshots as s
    where s.grain = 'item'
),

items as (
    select
        s.as_of_date,
        s.item_id,
        v.creator_id,
        extract(epoch from s.as_of_date::timestamp at time zone 'UTC'
            - coalesce(v.created_at, f.known_at)) / 3600 as age_hours
    from newest as n
    inner join feature.item_snapshots as s on s.as_of_date = n.as_of_date
    inner join lateral (
        select w.creator_id, w.is_available, w.created_at
        from source.item_versions as w
        where w.item_id = s.item_id and w.known_at < s.as_of_date::timestamp at time zone 'UTC'
        order by w.known_at desc
        limit 1
    ) as v on v.is_available
    cross join lateral (
        select min(w.known_at) as known_at
        from source.item_versions as w
        where w.item_id = s.item_id
    ) as f
)

select
    i.as_of_date,
    i.item_id,
    i.creator_id,
    (i.age_hours / 24)::real as age_days,
    e.exposure_count,
    p.owed_count,
    greatest(p.owed_count - e.exposure_count, 0) as shortfall,
    i.age_hours > p.owed_hours as is_in_arrears,
    ((case when i.age_hours <= p.owed_hours then p.owed_hours else p.arrears_hours end - i.age_hours) / 24)::real
        as days_left
from items as i
cross join programme as p
cross join lateral (
    select coalesce(sum(d.event_count), 0)::bigint as exposure_count
    from feature.item_action_days as d
    inner join source.actions as a on a.action_id = d.action_id and a.action_name = 'impression'
    where d.item_id = i.item_id and d.known_date < i.as_of_date
) as e
where i.age_hours > -24
    and (i.age_hours <= p.owed_hours or (i.age_hours <= p.arrears_hours and e.exposure_count < p.owed_count));

comment on view monitor.exposure_shortfall is 'Items that are owed exposures by the source fresh, and how many they had: new ones, and those that did not have enough when they were new.';
comment on column monitor.exposure_shortfall.as_of_date is 'Of the newest snapshot of items.';
comment on column monitor.exposure_shortfall.item_id is 'The item.';
comment on column monitor.exposure_shortfall.creator_id is 'Who made it.';
comment on column monitor.exposure_shortfall.age_days is 'Days since it was published; since it was known, where nobody says when that was.';
comment on column monitor.exposure_shortfall.exposure_count is 'Impressions it ever had.';
comment on column monitor.exposure_shortfall.owed_count is 'Impressions it is owed while it is new.';
comment on column monitor.exposure_shortfall.shortfall is 'What is missing.';
comment on column monitor.exposure_shortfall.is_in_arrears is 'Whether it is no longer new.';
comment on column monitor.exposure_shortfall.days_left is 'Days for which it still counts as new; for which what is missing is still owed, where it no longer is.';
grant select on monitor.exposure_shortfall to vitrine_job, vitrine_analyst, vitrine_dashboard;
