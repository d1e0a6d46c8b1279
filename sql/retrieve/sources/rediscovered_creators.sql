-- Items of creators whom the user liked once and has not met for long.
--
-- Grain   one row per user with such a creator, in a range of buckets, by user_id
-- Reads   feature.user_histories, feature.creator_items
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         quota              items for each user, at most
--         rediscovery_days   days without a positive event after which a creator counts as not met
-- Output  scores   items of the creator that the user liked, times the rate of positives of the item
with

works as materialized (
    select c.creator_id, c.item_id, c.positive_rate_28d, c.place
    from feature.creator_items as c
    where c.as_of_date = :'as_of_date'::date
),

missed as (
    select h.user_id, h.item_ids, w.creator_id, count(*) as liked_count
    from feature.user_histories as h
    cross join lateral unnest(h.item_ids, h.occurred_dates) as r (item_id, occurred_date)
    inner join works as w on w.item_id = r.item_id
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
