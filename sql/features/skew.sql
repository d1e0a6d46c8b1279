-- Features recomputed straight from the interactions, for a sample, where they differ from those stored.
--
-- Grain   one row per difference; none when all is well
-- Reads   source.interactions, source.item_versions, feature.item_snapshots, feature.user_histories,
--         source.actions, feature.user_snapshots
-- Params  as_of_date, positive_actions, history_days, history_length, strongest_length
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
        a.action_name = any (:'positive_actions'::text[]) and a.label_weight > 0 as is_positive
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    where i.item_id in (select s.item_id from sampled_items as s)
        and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at >= (:'as_of_date'::date - 28)::timestamp at time zone 'UTC'
),

recounted as (
    select
        s.item_id,
        count(*) filter (where e.is_impression and e.occurred_date >= :'as_of_date'::date - 1)
            as impression_count_1d,
        count(*) filter (where e.is_impression and e.occurred_date >= :'as_of_date'::date - 7)
            as impression_count_7d,
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

last_liked as (
    select
        i.user_id,
        i.item_id,
        max(i.occurred_at) as occurred_at,
        sum(a.label_weight::double precision) as total_weight,
        (
            select v.creator_id
            from source.item_versions as v
            where v.item_id = i.item_id
                and v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
            order by v.known_at desc
            limit 1
        ) as creator_id
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    where i.user_id in (select s.user_id from sampled_users as s)
        and a.action_name = any (:'positive_actions'::text[])
        and a.label_weight > 0
        and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at
            >= (:'as_of_date'::date - :'history_days'::integer)::timestamp at time zone 'UTC'
    group by i.user_id, i.item_id
),

placed as (
    select
        l.user_id,
        l.item_id,
        row_number() over (partition by l.user_id order by l.occurred_at desc, l.item_id desc) as place,
        round((l.total_weight * case
            when l.creator_id is null then 1
            else 1 + ln(count(*) over (partition by l.user_id, l.creator_id)::double precision)
        end)::numeric, 6) as strength
    from last_liked as l
),

told as (
    select
        p.user_id,
        p.item_id,
        p.place,
        -- Places for the newest, then for the strongest of the rest; the rest itself comes last.
        row_number() over (
            partition by p.user_id
            order by
                p.place > :'history_length'::integer - :'strongest_length'::integer,
                case when p.place > :'history_length'::integer - :'strongest_length'::integer
                    then -p.strength end,
                p.place) as kept_place
    from placed as p
),

retold as (
    select
        t.user_id,
        count(*) as positive_count,
        array_agg(t.item_id order by t.place desc)
            filter (where t.kept_place <= :'history_length'::integer) as item_ids
    from told as t
    group by t.user_id
)

select
    'item ' || s.item_id as subject,
    'counts of feature.item_snapshots differ from those of source.interactions' as detail
from sampled_items as s
inner join recounted as r on r.item_id = s.item_id
where (s.impression_count_1d, s.impression_count_7d, s.impression_count_28d,
        s.positive_count_1d, s.positive_count_7d, s.positive_count_28d)
    is distinct from (r.impression_count_1d::integer, r.impression_count_7d::integer,
        r.impression_count_28d::integer, r.positive_count_1d::integer,
        r.positive_count_7d::integer, r.positive_count_28d::integer)

union all

select
    'user ' || s.user_id as subject,
    'feature.user_histories differs from source.interactions' as detail
from sampled_users as s
left join retold as r on r.user_id = s.user_id
left join feature.user_histories as h
    on h.user_id = s.user_id and h.as_of_date = :'as_of_date'::date
where coalesce(r.positive_count, 0) <> coalesce(h.positive_count, 0)
    or coalesce(r.item_ids, '{}') <> coalesce(h.item_ids, '{}')
order by subject;
