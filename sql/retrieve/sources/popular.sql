-- Items with the most positive events of the last days that the user has not liked yet.
--
-- Grain   one row per user of the snapshot in a range of buckets, by user_id
-- Reads   feature.item_action_days, feature.user_snapshots, feature.user_histories, source.item_versions,
--         source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         quota               items for each user, at most
--         positive_actions    names of the actions that count as positive
--         popularity_days     days before the date that count
-- Output  scores   positive events
with

popular as (
    select
        d.item_id,
        sum(d.event_count) as positive_count,
        row_number() over (order by sum(d.event_count) desc, d.item_id) as place
    from feature.item_action_days as d
    inner join source.actions as a on a.action_id = d.action_id
    inner join lateral (
        select w.is_available
        from source.item_versions as w
        where w.item_id = d.item_id
            and w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.known_at desc
        limit 1
    ) as v on v.is_available
    where a.action_name = any (:'positive_actions'::text[])
        and a.label_weight > 0
        and d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - :'popularity_days'::integer
        -- What became known late is not what people like now.
        and d.occurred_date >= :'as_of_date'::date - :'popularity_days'::integer - 1
    group by d.item_id
),

-- Enough for those who liked some of them already.
head as materialized (
    select p.item_id, p.positive_count, p.place
    from popular as p
    where p.place <= 3 * :'quota'::integer
)

select
    s.user_id,
    p.item_ids,
    p.scores
from feature.user_snapshots as s
left join feature.user_histories as h
    on h.user_id = s.user_id and h.as_of_date = s.as_of_date
cross join lateral (
    select
        array_agg(n.item_id order by n.place) as item_ids,
        array_agg(n.positive_count::real order by n.place) as scores
    from (
        select t.item_id, t.positive_count, t.place
        from head as t
        where t.item_id <> all (coalesce(h.item_ids, '{}'))
        order by t.place
        limit :'quota'::integer
    ) as n
) as p
where s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    and p.item_ids is not null
order by s.user_id;
