-- Items with what the item tower reads of each but numbers.
--
-- Grain   one row per item of the snapshot, by item_id
-- Reads   feature.item_snapshots, source.item_versions
-- Params  as_of_date
-- Output  creator_id null where not known; is_available false for items never imported; caption empty
--         where there is none
select
    s.item_id,
    v.creator_id,
    coalesce(v.tags, '{}') as tags,
    coalesce(v.is_available, false) as is_available,
    coalesce(v.caption, '') as caption
from feature.item_snapshots as s
left join lateral (
    select w.creator_id, w.tags, w.is_available, w.caption
    from source.item_versions as w
    where w.item_id = s.item_id
        and w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by w.known_at desc
    limit 1
) as v on true
where s.as_of_date = :'as_of_date'::date
order by s.item_id;
