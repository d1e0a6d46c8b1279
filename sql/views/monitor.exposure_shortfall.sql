-- New items that are owed exposures, and how many they got.
--
-- Grain   one row per item that is new at its newest snapshot and not removed
-- Reads   feature.item_snapshots, feature.snapshots, source.items, serving.sources
-- Note    What is owed, and for how long, stands in the parameters of the source fresh.
create or replace view monitor.exposure_shortfall as
with

programme as (
    select
        (s.parameters ->> 'fresh_days')::integer as fresh_days,
        (s.parameters ->> 'fresh_exposures')::integer as owed_count
    from serving.sources as s
    where s.source_name = 'fresh'
),

newest as (
    select max(s.as_of_date) as as_of_date
    from feature.snapshots as s
    where s.grain = 'item'
)

select
    s.as_of_date,
    s.item_id,
    i.creator_id,
    s.age_days,
    s.impression_count_28d as exposure_count,
    p.owed_count,
    greatest(p.owed_count - s.impression_count_28d, 0) as shortfall,
    p.fresh_days - s.age_days as days_left
from newest as n
inner join feature.item_snapshots as s on s.as_of_date = n.as_of_date
cross join programme as p
inner join source.items as i on i.item_id = s.item_id and i.is_available
where s.age_days <= p.fresh_days;

comment on view monitor.exposure_shortfall is 'New items that are owed exposures by the source fresh, and how many they got.';
comment on column monitor.exposure_shortfall.as_of_date is 'Of the newest snapshot of items.';
comment on column monitor.exposure_shortfall.item_id is 'The item.';
comment on column monitor.exposure_shortfall.creator_id is 'Who made it.';
comment on column monitor.exposure_shortfall.age_days is 'Days since it was published.';
comment on column monitor.exposure_shortfall.exposure_count is 'Impressions it had.';
comment on column monitor.exposure_shortfall.owed_count is 'Impressions it is owed while it is new.';
comment on column monitor.exposure_shortfall.shortfall is 'What is missing.';
comment on column monitor.exposure_shortfall.days_left is 'Days for which it still counts as new.';
grant select on monitor.exposure_shortfall to vitrine_job, vitrine_analyst, vitrine_dashboard;
