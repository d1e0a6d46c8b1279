-- What is rising among the tags that the user is drawn to, in the user's language.
--
-- Grain   one row per user of the snapshot in a range of buckets, by user_id
-- Reads   feature.item_action_days, feature.item_snapshots, feature.user_snapshots,
--         feature.user_tag_affinities, source.item_versions, source.user_versions, source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         quota              items for each user, at most
--         positive_actions   names of the actions that count as positive
--         prior_strength     impressions at the overall rate that are added to those of each item
-- Output  scores   share of the tag in what the user liked, times the decayed rate of positives
-- Note    Events are halved with every two days. Of each tag and language sixty items are looked at. A
--         user without tags gets what is rising over all: the empty tag. An empty language is any.
with

cohorts as (
    select
        s.user_id,
        coalesce(t.tag, '') as tag,
        coalesce(t.share, 1) as share,
        coalesce(v.language, '') as language
    from feature.user_snapshots as s
    left join lateral (
        select w.attributes ->> 'language' as language
        from source.user_versions as w
        where w.user_id = s.user_id
            and w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.known_at desc
        limit 1
    ) as v on true
    left join lateral (
        select a.tag, a.affinity / sum(a.affinity) over () as share
        from feature.user_tag_affinities as a
        where a.user_id = s.user_id and a.as_of_date = s.as_of_date
        order by a.affinity desc, a.tag
        limit 3
    ) as t on true
    where s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
),

recent as (
    select
        d.item_id,
        sum(d.event_count * power(0.5::double precision, (:'as_of_date'::date - d.occurred_date) / 2.0))
            filter (where a.action_name = any (:'positive_actions'::text[]) and a.label_weight > 0)
            as positives,
        sum(d.event_count * power(0.5::double precision, (:'as_of_date'::date - d.occurred_date) / 2.0))
            filter (where a.action_name = 'impression') as impressions
    from feature.item_action_days as d
    inner join source.actions as a on a.action_id = d.action_id
    where d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - 14
        and d.occurred_date >= :'as_of_date'::date - 14
    group by d.item_id
),

overall as (
    select coalesce(sum(r.positives) / nullif(sum(r.impressions), 0), 0) as rate
    from recent as r
),

rising as (
    select
        r.item_id,
        v.tags,
        coalesce(v.language, '') as language,
        -- Many and liked: the decayed positives times their smoothed rate.
        round((r.positives * (r.positives + :'prior_strength'::integer * o.rate)
            / (coalesce(r.impressions, r.positives) + :'prior_strength'::integer))::numeric, 6)::double precision
            as momentum
    from recent as r
    cross join overall as o
    inner join lateral (
        select w.tags, w.language
        from source.item_versions as w
        where w.item_id = r.item_id
            and w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.known_at desc
        limit 1
    ) as v on true
    where r.positives > 0
),

-- An item without a language is for everybody, and so is any item for a user without one.
charts as materialized (
    select c.tag, c.language, c.item_id, c.momentum
    from (
        select
            g.tag,
            l.language,
            r.item_id,
            r.momentum,
            row_number() over (
                partition by g.tag, l.language order by r.momentum desc, r.item_id) as place
        from rising as r
        cross join lateral (
            select t.tag from unnest(r.tags) as t (tag)
            union all
            select ''
        ) as g
        inner join (
            select distinct u.language from cohorts as u
        ) as l on l.language in ('', r.language) or r.language = ''
    ) as c
    where c.place <= 60
),

scored as (
    select
        u.user_id,
        c.item_id,
        round(sum(u.share * c.momentum)::numeric, 6)::real as score
    from cohorts as u
    inner join charts as c
        on c.tag = u.tag and c.language = u.language
    group by u.user_id, c.item_id
),

ordered as (
    select
        s.user_id,
        s.item_id,
        s.score,
        row_number() over (partition by s.user_id order by s.score desc, s.item_id) as place
    from scored as s
)

select
    o.user_id,
    array_agg(o.item_id order by o.place) as item_ids,
    array_agg(o.score order by o.place) as scores
from ordered as o
where o.place <= :'quota'::integer
group by o.user_id
order by o.user_id;
