-- Items of creators whom the user liked once and has not met for long.
--
-- Grain   one row per user with such a creator, in a range of buckets, by user_id
-- Reads   feature.user_histories, feature.item_snapshots, source.item_versions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         quota              items for each user, at most
--         rediscovery_days   days without a positive event after which a creator counts as not met
-- Output  scores   items of the creator that the user liked, times the rate of positives of the item
with

items as materialized (
    select distinct on (v.item_id) v.item_id, v.creator_id, v.is_available
    from source.item_versions as v
    where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by v.item_id, v.known_at desc
),

works as materialized (
    select
        i.creator_id,
        s.item_id,
        s.positive_rate_28d,
        row_number() over (
            partition by i.creator_id order by s.age_days nulls last, s.item_id desc) as place
    from feature.item_snapshots as s
    inner join items as i on i.item_id = s.item_id
    where s.as_of_date = :'as_of_date'::date and i.creator_id is not null and i.is_available
),

missed as (
    select h.user_id, h.item_ids, w.creator_id, count(*) as liked_count
    from feature.user_histories as h
    cross join lateral unnest(h.item_ids, h.occurred_dates) as r (item_id, occurred_date)
    inner join items as w on w.item_id = r.item_id and w.creator_id is not null
    where h.as_of_date = :'as_of_date'::date
        and h.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    group by h.user_id, h.item_ids, w.creator_id
    having max(r.occurred_date) < :'as_of_date'::date - :'rediscovery_days'::integer
),

scored as (
    select
        m.user_id,
        w.item_id,
        round((m.liked_count * w.positive_rate_28d)::numeric, 6)::real as score,
        row_number() over (
            partition by m.user_id
            order by round((m.liked_count * w.positive_rate_28d)::numeric, 6) desc, w.item_id) as place
    from missed as m
    inner join works as w on w.creator_id = m.creator_id and w.place <= 20
    where w.item_id <> all (m.item_ids)
)

select
    s.user_id,
    array_agg(s.item_id order by s.place) as item_ids,
    array_agg(s.score order by s.place) as scores
from scored as s
where s.place <= :'quota'::integer
group by s.user_id
order by s.user_id;
