-- Items of each creator as they were known as of a date, the newest first.
--
-- Grain   one row per date of a snapshot and item with a creator
-- Reads   feature.item_snapshots, source.item_versions
-- Note    Name an as_of_date: then one partition is read.
create or replace view feature.creator_items as
select
    s.as_of_date,
    v.creator_id,
    s.item_id,
    s.positive_rate_28d,
    case when v.is_available then row_number() over (
        partition by s.as_of_date, v.creator_id, v.is_available
        order by s.age_days nulls last, s.item_id desc) end as place
from feature.item_snapshots as s
cross join lateral (
    select w.creator_id, w.is_available
    from source.item_versions as w
    where w.item_id = s.item_id
        and w.known_at < s.as_of_date::timestamp at time zone 'UTC'
    order by w.known_at desc
    limit 1
) as v
where v.creator_id is not null;

comment on view feature.creator_items is 'Items of each creator as they were known as of a date. Name an as_of_date.';
comment on column feature.creator_items.as_of_date is 'Only what was known before 00:00 UTC of this date is used.';
comment on column feature.creator_items.creator_id is 'The creator.';
comment on column feature.creator_items.item_id is 'The item.';
comment on column feature.creator_items.positive_rate_28d is 'Positive events per impression over 28 days, smoothed: feature.item_snapshots.';
comment on column feature.creator_items.place is 'Place among the items of the creator that are to be had, from 1 for the newest; null for one that was removed.';
grant select on feature.creator_items to vitrine_job, vitrine_analyst;
