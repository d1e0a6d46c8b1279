-- The popular items: what everyone gets for whom there is no list.
--
-- Grain   one row per rank
-- Reads   feature.item_action_days, source.items, source.item_versions, source.actions
-- Writes  serving.fallbacks
-- Params  publication_id, as_of_date, positive_actions
--         popularity_days   days before the date that count
--         fallback_length   how many items
-- Note    Items without a positive event follow by item_id: there are rows even on the first day.
insert into serving.fallbacks (publication_id, rank, item_id, positive_count)
with

available as (
    select i.item_id
    from source.items as i
    where i.is_available
        and exists (
            select from source.item_versions as v
            where v.item_id = i.item_id
                and v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC')
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
