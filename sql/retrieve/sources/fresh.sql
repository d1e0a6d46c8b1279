-- New items that are still owed exposures: the cold-start programme.
--
-- Grain   one row per user of the snapshot in a range of buckets, by user_id
-- Reads   feature.item_snapshots, feature.user_snapshots, feature.user_tag_affinities, source.item_versions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         quota            items for each user, at most
--         fresh_days       age until which an item is new
--         fresh_exposures  exposures that it is owed while it is
-- Output  scores   what is missing of the exposures as a share, in (0, 1], twice that where the user is
--                  drawn to one of its tags, and a little by chance of user and item
-- Note    The chance is a hash: other users are asked about other items, the same on every run.
--         monitor.exposure_shortfall shows what is owed.
with

owed as materialized (
    select
        s.item_id,
        v.tags,
        1 - s.impression_count_28d::double precision / :'fresh_exposures'::integer as shortfall
    from feature.item_snapshots as s
    inner join lateral (
        select w.tags, w.is_available
        from source.item_versions as w
        where w.item_id = s.item_id
            and w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.known_at desc
        limit 1
    ) as v on v.is_available
    where s.as_of_date = :'as_of_date'::date
        and s.age_days <= :'fresh_days'::integer
        and s.impression_count_28d < :'fresh_exposures'::integer
    -- The neediest, so that a flood of new items does not ask every user about every one of them.
    order by s.impression_count_28d, s.item_id
    limit 50 * :'quota'::integer
),

users as (
    select
        s.user_id,
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
    where s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
),

scored as (
    select
        u.user_id,
        o.item_id,
        round((
            o.shortfall * case when u.tags && o.tags then 2 else 1 end
            + 0.5 * (hashint8extended(o.item_id, u.user_id) & 65535) / 65536.0)::numeric, 6)::real as score
    from users as u
    cross join owed as o
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
