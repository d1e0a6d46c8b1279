-- Charts of what is rising: over all and by tag, and over all by region, for readers of each language.
--
-- Grain   one row per tag, language and region in which anything is rising
-- Reads   source.interactions, feature.user_snapshots, source.item_versions, source.actions
-- Writes  feature.trending_items
-- Params  as_of_date         only what was known before 00:00 UTC of this date
--         positive_actions   names of the actions that count as positive
--         prior_strength     impressions at the overall rate that are added to those of each item
-- Note    Events of 14 days, halved with every two. Sixty items a chart. In a region the rate of an item
--         over all is what its rate there is drawn to, so that few events of one region say little.
insert into feature.trending_items (as_of_date, tag, language, region, item_ids, momenta)
with

events as (
    select
        i.item_id,
        coalesce(s.region, '') as region,
        -- Rounded: the last bits of a sum of floats depend on the order of the rows.
        round(coalesce(sum(d.weight) filter (
            where a.action_name = any (:'positive_actions'::text[]) and a.label_weight > 0), 0)::numeric, 6)
            as positives,
        round(coalesce(sum(d.weight) filter (where a.action_name = 'impression'), 0)::numeric, 6) as impressions
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    left join feature.user_snapshots as s
        on s.user_id = i.user_id and s.as_of_date = :'as_of_date'::date
    cross join lateral (
        select power(
            0.5::double precision,
            (:'as_of_date'::date - (i.occurred_at at time zone 'UTC')::date) / 2.0) as weight
    ) as d
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.known_at >= (:'as_of_date'::date - 14)::timestamp at time zone 'UTC'
        and i.occurred_at >= (:'as_of_date'::date - 14)::timestamp at time zone 'UTC'
    group by i.item_id, coalesce(s.region, '')
),

available as (
    select v.item_id, v.tags, coalesce(v.language, '') as language
    from (
        select distinct on (w.item_id) w.item_id, w.tags, w.language, w.is_available
        from source.item_versions as w
        where w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.item_id, w.known_at desc
    ) as v
    where v.is_available
),

items as (
    select
        e.item_id,
        sum(e.positives)::double precision as positives,
        sum(e.impressions)::double precision as impressions
    from events as e
    inner join available as v on v.item_id = e.item_id
    group by e.item_id
),

overall as (
    select coalesce(sum(i.positives) / nullif(sum(i.impressions), 0), 0) as rate
    from items as i
),

rates as (
    select
        i.item_id,
        i.positives,
        -- Where impressions are not imported every event was one.
        (i.positives + :'prior_strength'::integer * o.rate)
            / (greatest(i.impressions, i.positives) + :'prior_strength'::integer) as rate
    from items as i
    cross join overall as o
),

-- Many and liked: the decayed positives times their smoothed rate.
rising as (
    select r.item_id, g.tag, '' as region, v.language, r.positives * r.rate as momentum
    from rates as r
    inner join available as v on v.item_id = r.item_id
    cross join lateral (
        select t.tag from unnest(v.tags) as t (tag)
        union
        select ''
    ) as g
    where r.positives > 0
    union all
    select
        e.item_id,
        '',
        e.region,
        v.language,
        e.positives::double precision
            * (e.positives::double precision + :'prior_strength'::integer * r.rate)
            / (greatest(e.impressions, e.positives)::double precision + :'prior_strength'::integer)
    from events as e
    inner join available as v on v.item_id = e.item_id
    inner join rates as r on r.item_id = e.item_id
    where e.region <> '' and e.positives > 0
),

-- An item without a language is for everybody, and so is any item for a user without one.
readers as (
    select s.language
    from feature.user_snapshots as s
    where s.as_of_date = :'as_of_date'::date and s.language is not null
    group by s.language
    union
    select ''
),

ordered as (
    select
        g.tag,
        l.language,
        g.region,
        g.item_id,
        m.momentum,
        row_number() over best_first as place,
        max(m.momentum) over (partition by g.tag, l.language, g.region) as best
    from rising as g
    inner join readers as l on l.language in ('', g.language) or g.language = ''
    cross join lateral (
        select round(g.momentum::numeric, 9)::double precision as momentum
    ) as m
    where m.momentum > 0
    window best_first as (
        partition by g.tag, l.language, g.region order by m.momentum desc, g.item_id)
)

select
    :'as_of_date'::date,
    o.tag,
    o.language,
    o.region,
    array_agg(o.item_id order by o.place),
    array_agg(round((o.momentum / o.best)::numeric, 6)::real order by o.place)
from ordered as o
where o.place <= 60
group by o.tag, o.language, o.region;
