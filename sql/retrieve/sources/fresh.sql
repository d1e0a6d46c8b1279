-- New items, and items that were not shown as often as they were owed when they were new: the cold-start
-- programme.
--
-- Grain   one row per user of the snapshot in a range of buckets, by user_id
-- Reads   feature.item_snapshots, feature.item_action_days, feature.user_snapshots,
--         feature.user_tag_affinities, source.item_versions, source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         quota            items for each user, at most
--         owed_exposures   exposures that a new item is owed
--         owed_hours       age until which an item is new and should have had them
--         arrears_days     age until which what is missing is still owed
-- Output  scores   what is missing of the exposures as a share, in (0, 1], half of that for an item that is
--                  no longer new; twice that where the user is drawn to one of its tags; and up to a half
--                  by chance of user and item
-- Note    The chance is a hash: other users are asked about other items, the same on every run. Four times
--         the quota are looked at for a user. An item without a moment of publication is as old as what is
--         known of it.
--         monitor.exposure_shortfall shows what is owed.
with

items as (
    select
        s.item_id,
        v.tags,
        extract(epoch from :'as_of_date'::date::timestamp at time zone 'UTC'
            - coalesce(v.created_at, f.known_at)) / 3600 as age_hours
    from feature.item_snapshots as s
    inner join lateral (
        select w.tags, w.is_available, w.created_at
        from source.item_versions as w
        where w.item_id = s.item_id
            and w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.known_at desc
        limit 1
    ) as v on v.is_available
    cross join lateral (
        select min(w.known_at) as known_at
        from source.item_versions as w
        where w.item_id = s.item_id
    ) as f
    -- Whoever had enough in four weeks had enough.
    where s.as_of_date = :'as_of_date'::date and s.impression_count_28d < :'owed_exposures'::integer
),

owed as materialized (
    select
        i.item_id,
        i.tags,
        i.age_hours <= :'owed_hours'::integer as is_new,
        1 - e.exposure_count::double precision / :'owed_exposures'::integer as shortfall,
        row_number() over (
            order by i.age_hours <= :'owed_hours'::integer desc, e.exposure_count, i.item_id) as place
    from items as i
    cross join lateral (
        select coalesce(sum(d.event_count), 0) as exposure_count
        from feature.item_action_days as d
        inner join source.actions as a on a.action_id = d.action_id and a.action_name = 'impression'
        where d.item_id = i.item_id and d.known_date < :'as_of_date'::date
    ) as e
    -- Published on the day of the lists at the latest.
    where i.age_hours > -24
        and i.age_hours <= greatest(:'owed_hours'::integer, 24 * :'arrears_days'::integer)
        and e.exposure_count < :'owed_exposures'::integer
),

-- The first, new and neediest, are for everybody; the others are dealt out, so that a flood of items does
-- not ask every user about every one of them.
hands as (
    select greatest(ceil((count(*) - 2 * :'quota'::integer) / (2.0 * :'quota'::integer)), 1)::integer as hand_count
    from owed
),

dealt as materialized (
    select o.*, mod(o.place, h.hand_count)::integer as hand
    from owed as o
    cross join hands as h
    where o.place > 2 * :'quota'::integer
),

users as materialized (
    select
        s.user_id,
        mod(hashint8extended(s.user_id, 0) & 1048575, h.hand_count)::integer as hand,
        coalesce((
            select array_agg(t.tag)
            from (
                select a.tag
                from feature.user_tag_affinities as a
                where a.user_id = s.user_id and a.as_of_date = s.as_of_date
                order by a.affinity desc, a.tag
                limit 5
            ) as t), '{}') as tags
    from feature.user_snapshots as s
    cross join hands as h
    where s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
),

asked as (
    select u.user_id, u.tags as user_tags, o.item_id, o.tags, o.is_new, o.shortfall
    from users as u
    inner join owed as o on o.place <= 2 * :'quota'::integer
    union all
    select u.user_id, u.tags, d.item_id, d.tags, d.is_new, d.shortfall
    from users as u
    inner join dealt as d on d.hand = u.hand
),

scored as (
    select
        a.user_id,
        a.item_id,
        (a.shortfall * case when a.is_new then 1 else 0.5::double precision end
            * case when a.user_tags && a.tags then 2 else 1 end
            + 0.5::double precision * (hashint8extended(a.item_id, a.user_id) & 65535) / 65536)::real as score
    from asked as a
),

ordered as (
    select
        s.user_id,
        s.item_id,
        s.score,
        row_number() over (partition by s.user_id order by s.score desc, s.item_id) as place
    from scored as s
)

select
    o.user_id,
    array_agg(o.item_id order by o.place) as item_ids,
    array_agg(o.score order by o.place) as scores
from ordered as o
where o.place <= :'quota'::integer
group by o.user_id
order by o.user_id;
