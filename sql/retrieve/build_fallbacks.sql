-- The popular items: what everyone gets for whom there is no list.
--
-- Grain   one row per rank
-- Reads   feature.item_action_days, source.item_versions, source.actions
-- Writes  serving.fallbacks
-- Params  publication_id, as_of_date, positive_actions
--         popularity_days   days before the date that count
--         fallback_length   how many items
-- Note    Items without a positive event follow by item_id: there are rows even on the first day.
insert into serving.fallbacks (publication_id, rank, item_id, positive_count)
with

available as (
    select v.item_id
    from (
        select distinct on (w.item_id) w.item_id, w.is_available
        from source.item_versions as w
        where w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.item_id, w.known_at desc
    ) as v
    where v.is_available
),

counts as (
    select d.item_id, sum(d.event_count) as positive_count
    from feature.item_action_days as d
    inner join source.actions as a on a.action_id = d.action_id
    where a.action_name = any (:'positive_actions'::text[])
        and d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - :'popularity_days'::integer
    group by d.item_id
)

select
    :'publication_id'::bigint,
    row_number() over most_liked_first,
    v.item_id,
    coalesce(c.positive_count, 0)
from available as v
left join counts as c on c.item_id = v.item_id
window most_liked_first as (order by coalesce(c.positive_count, 0) desc, v.item_id)
order by coalesce(c.positive_count, 0) desc, v.item_id
limit :'fallback_length'::integer;
