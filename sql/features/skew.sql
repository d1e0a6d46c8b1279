-- Features recomputed straight from the interactions, for a sample, where they differ from those stored.
--
-- Grain   one row per difference; none when all is well
-- Reads   source.interactions, feature.item_snapshots, feature.user_histories, source.actions
-- Params  as_of_date, positive_actions, history_days, history_length
-- Output  subject, detail
-- Note    The sample is one item in 64 and one bucket of users in 64, another on each date.
with

sampled_items as (
    select s.*
    from feature.item_snapshots as s
    where s.as_of_date = :'as_of_date'::date
        and mod(s.item_id, 64) = mod(:'as_of_date'::date - date '2000-01-01', 64)
),

item_events as (
    select
        i.item_id,
        (i.occurred_at at time zone 'UTC')::date as occurred_date,
        a.action_name = 'impression' as is_impression,
        a.action_name = any (:'positive_actions'::text[]) as is_positive
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    where i.item_id in (select s.item_id from sampled_items as s)
        and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at >= (:'as_of_date'::date - 28)::timestamp at time zone 'UTC'
),

recounted as (
    select
        s.item_id,
        count(*) filter (where e.is_impression) as impression_count_28d,
        count(*) filter (where e.is_positive) as positive_count_28d,
        count(*) filter (where e.is_positive and e.occurred_date >= :'as_of_date'::date - 7)
            as positive_count_7d,
        count(*) filter (where e.is_positive and e.occurred_date >= :'as_of_date'::date - 1)
            as positive_count_1d
    from sampled_items as s
    left join item_events as e on e.item_id = s.item_id
    group by s.item_id
),

sampled_users as (
    select s.user_id
    from feature.user_snapshots as s
    where s.as_of_date = :'as_of_date'::date
        and mod(s.bucket, 64) = mod(:'as_of_date'::date - date '2000-01-01', 64)
),

recounted_users as (
    select
        i.user_id,
        count(distinct i.item_id) as positive_count
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    where i.user_id in (select s.user_id from sampled_users as s)
        and a.action_name = any (:'positive_actions'::text[])
        and a.label_weight > 0
        and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at
            >= (:'as_of_date'::date - :'history_days'::integer)::timestamp at time zone 'UTC'
    group by i.user_id
)

select
    'item ' || s.item_id as subject,
    'counts of feature.item_snapshots differ from those of source.interactions' as detail
from sampled_items as s
inner join recounted as r on r.item_id = s.item_id
where (s.impression_count_28d, s.positive_count_28d, s.positive_count_7d, s.positive_count_1d)
    is distinct from (r.impression_count_28d::integer, r.positive_count_28d::integer,
        r.positive_count_7d::integer, r.positive_count_1d::integer)

union all

select
    'user ' || s.user_id as subject,
    'length of feature.user_histories differs from that of source.interactions' as detail
from sampled_users as s
left join recounted_users as r on r.user_id = s.user_id
left join feature.user_histories as h
    on h.user_id = s.user_id and h.as_of_date = :'as_of_date'::date
where coalesce(r.positive_count, 0) <> coalesce(h.positive_count, 0)
    or coalesce(cardinality(h.item_ids), 0)
        <> least(coalesce(r.positive_count, 0), :'history_length'::integer)
order by subject;
