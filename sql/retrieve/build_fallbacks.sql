-- The popular items of each cohort and over all: what everyone gets for whom there is no list.
--
-- Grain   one row per language, region and rank
-- Reads   feature.item_action_days, feature.user_snapshots, source.interactions, source.items,
--         source.item_versions, source.actions
-- Writes  serving.fallbacks
-- Params  publication_id, as_of_date, positive_actions
--         popularity_days   days before the date that count
--         fallback_length   how many items
-- Note    Language and region are empty over all. In a cohort, items that are equally liked there follow by
--         how many like them over all; items without a positive event by item_id: there are rows even on
--         the first day. The thousand largest cohorts have lists of their own.
insert into serving.fallbacks (publication_id, language, region, rank, item_id, positive_count)
with

available as (
    select i.item_id, v.language
    from source.items as i
    inner join lateral (
        select coalesce(w.language, '') as language
        from source.item_versions as w
        where w.item_id = i.item_id
            and w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.known_at desc
        limit 1
    ) as v on true
    where i.is_available
),

counts as (
    select d.item_id, sum(d.event_count) as positive_count
    from feature.item_action_days as d
    inner join source.actions as a on a.action_id = d.action_id
    where a.action_name = any (:'positive_actions'::text[])
        and a.label_weight > 0
        and d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - :'popularity_days'::integer
        -- What became known late is not what people like now.
        and d.occurred_date >= :'as_of_date'::date - :'popularity_days'::integer - 1
    group by d.item_id
),

cohorts as (
    select coalesce(s.language, '') as language, coalesce(s.region, '') as region
    from feature.user_snapshots as s
    where s.as_of_date = :'as_of_date'::date
        and (s.language is not null or s.region is not null)
    group by coalesce(s.language, ''), coalesce(s.region, '')
    order by count(*) desc, coalesce(s.language, ''), coalesce(s.region, '')
    limit 1000
),

cohort_counts as (
    select
        coalesce(s.language, '') as language,
        coalesce(s.region, '') as region,
        i.item_id,
        count(*) as positive_count
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    inner join feature.user_snapshots as s
        on s.user_id = i.user_id and s.as_of_date = :'as_of_date'::date
    where a.action_name = any (:'positive_actions'::text[])
        and a.label_weight > 0
        and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.known_at >= (:'as_of_date'::date - :'popularity_days'::integer)::timestamp at time zone 'UTC'
        and i.occurred_at
            >= (:'as_of_date'::date - :'popularity_days'::integer - 1)::timestamp at time zone 'UTC'
    group by coalesce(s.language, ''), coalesce(s.region, ''), i.item_id
),

overall as (
    select
        v.item_id,
        v.language,
        coalesce(c.positive_count, 0) as positive_count,
        row_number() over (order by coalesce(c.positive_count, 0) desc, v.item_id) as place
    from available as v
    left join counts as c on c.item_id = v.item_id
),

ordered as (
    select '' as language, '' as region, o.place as rank, o.item_id, o.positive_count
    from overall as o
    union all
    select
        h.language,
        h.region,
        row_number() over (
            partition by h.language, h.region
            order by coalesce(c.positive_count, 0) desc, o.place),
        o.item_id,
        coalesce(c.positive_count, 0)
    from cohorts as h
    -- An item without a language is for everybody, and so is any item for a user without one.
    inner join overall as o on h.language in ('', o.language) or o.language = ''
    left join cohort_counts as c
        on c.language = h.language and c.region = h.region and c.item_id = o.item_id
    -- Far enough down the list over all to fill one, and what the cohort itself likes.
    where o.place <= 10 * :'fallback_length'::integer or c.positive_count > 0
)

select :'publication_id'::bigint, o.language, o.region, o.rank, o.item_id, o.positive_count
from ordered as o
where o.rank <= :'fallback_length'::integer
order by o.language, o.region, o.rank;
