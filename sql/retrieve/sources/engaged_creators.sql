-- Recent items of the creators whom the user follows or engages with.
--
-- Grain   one row per user with such a creator, in a range of buckets, by user_id
-- Reads   feature.user_creator_affinities, feature.user_snapshots, feature.user_histories,
--         feature.creator_items, source.interactions, source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         quota   items for each user, at most
-- Output  scores   how much the user is drawn to the creator, times the rate of positives of the item
-- Note    A follow counts as three positive events of the day, whenever it was. The newest twenty items of
--         a creator are looked at, but for those that the user has liked.
with

users as (
    select s.user_id
    from feature.user_snapshots as s
    where s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
),

works as materialized (
    select c.creator_id, c.item_id, c.positive_rate_28d, c.place
    from feature.creator_items as c
    where c.as_of_date = :'as_of_date'::date
),

drawn as (
    select a.user_id, a.creator_id, a.affinity
    from feature.user_creator_affinities as a
    inner join users as u on u.user_id = a.user_id
    where a.as_of_date = :'as_of_date'::date
    union all
    select i.user_id, w.creator_id, 3 * count(*)
    from source.interactions as i
    inner join users as u on u.user_id = i.user_id
    inner join source.actions as a on a.action_id = i.action_id and a.action_name = 'follow'
    inner join works as w on w.item_id = i.item_id
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    group by i.user_id, w.creator_id
),

creators as (
    select d.user_id, d.creator_id, sum(d.affinity) as affinity
    from drawn as d
    group by d.user_id, d.creator_id
),

scored as (
    select
        c.user_id,
        w.item_id,
        round((c.affinity * w.positive_rate_28d)::numeric, 6)::real as score,
        row_number() over (
            partition by c.user_id
            order by round((c.affinity * w.positive_rate_28d)::numeric, 6) desc, w.item_id) as place
    from creators as c
    inner join works as w on w.creator_id = c.creator_id and w.place <= 20
    left join feature.user_histories as h on h.user_id = c.user_id and h.as_of_date = :'as_of_date'::date
    where w.item_id <> all (coalesce(h.item_ids, '{}'))
)

select
    s.user_id,
    array_agg(s.item_id order by s.place) as item_ids,
    array_agg(s.score order by s.place) as scores
from scored as s
where s.place <= :'quota'::integer
group by s.user_id
order by s.user_id;
