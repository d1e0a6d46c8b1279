-- How much of what a user liked lately carries a tag.
--
-- Grain   one row per user and tag with a positive event in the 28 days before the date
-- Reads   feature.item_user_days, source.item_versions, source.actions
-- Writes  feature.user_tag_affinities
-- Params  as_of_date         only what was known before 00:00 UTC of this date
--         positive_actions   names of the actions that count as positive
-- Note    Rounded to nine decimals: the last bits of a sum of floats depend on the order of the rows.
--         Written in the order of the key: its index then grows at one end.
insert into feature.user_tag_affinities (user_id, as_of_date, tag, affinity, positive_count)
with

tags as (
    select distinct on (v.item_id)
        v.item_id,
        v.tags
    from source.item_versions as v
    where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by v.item_id, v.known_at desc
),

positives as (
    select d.user_id, d.item_id, d.occurred_date, d.event_count
    from feature.item_user_days as d
    inner join source.actions as a on a.action_id = d.action_id
    where a.action_name = any (:'positive_actions'::text[])
        and a.label_weight > 0
        and d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - 28
        and d.occurred_date >= :'as_of_date'::date - 28
)

select
    p.user_id,
    :'as_of_date'::date as as_of_date,
    g.tag,
    round(sum(
        p.event_count * power(0.5::double precision, (:'as_of_date'::date - p.occurred_date) / 7.0)
        / cardinality(t.tags))::numeric, 9)::double precision as affinity,
    sum(p.event_count)::integer as positive_count
from positives as p
inner join tags as t on t.item_id = p.item_id
cross join lateral unnest(t.tags) as g (tag)
group by p.user_id, g.tag
order by p.user_id, g.tag;
