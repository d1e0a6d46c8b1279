-- What is rising in the cohort of the user: their tags and their language; without tags, their region.
--
-- Grain   one row per user of the snapshot in a range of buckets, by user_id
-- Reads   feature.trending_items, feature.user_snapshots, feature.user_tag_affinities,
--         feature.user_histories
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         quota   items for each user, at most
-- Output  scores   sum over the charts of the user of the chart's share times the momentum in it, in (0, 1]
-- Note    The charts of a user with tags are those of the three that most of what they liked has, each
--         with its share. Of a user without, of whom a profile is known at best, half is the chart of
--         the region and half the one over all.
with

users as (
    select s.user_id, coalesce(s.language, '') as language, coalesce(s.region, '') as region
    from feature.user_snapshots as s
    where s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
),

tags as (
    select t.user_id, t.tag, t.affinity / sum(t.affinity) over (partition by t.user_id) as share
    from (
        select
            a.user_id,
            a.tag,
            a.affinity,
            row_number() over (partition by a.user_id order by a.affinity desc, a.tag) as place
        from feature.user_tag_affinities as a
        inner join users as u on u.user_id = a.user_id
        where a.as_of_date = :'as_of_date'::date
    ) as t
    where t.place <= 3
),

cohorts as (
    select t.user_id, t.tag, u.language, '' as region, t.share
    from tags as t
    inner join users as u on u.user_id = t.user_id
    union all
    select u.user_id, '', u.language, r.region, 0.5
    from users as u
    -- Twice the chart over all where no region is known.
    cross join lateral (values (''), (u.region)) as r (region)
    where not exists (select from tags as t where t.user_id = u.user_id)
),

scored as (
    select
        u.user_id,
        c.item_id,
        round(sum(u.share * c.momentum)::numeric, 6)::real as score
    from cohorts as u
    inner join feature.trending_items as h
        on h.as_of_date = :'as_of_date'::date
        and h.tag = u.tag and h.language = u.language and h.region = u.region
    cross join lateral unnest(h.item_ids, h.momenta) as c (item_id, momentum)
    group by u.user_id, c.item_id
),

ordered as (
    select
        s.user_id,
        s.item_id,
        s.score,
        row_number() over (partition by s.user_id order by s.score desc, s.item_id) as place
    from scored as s
    left join feature.user_histories as h on h.user_id = s.user_id and h.as_of_date = :'as_of_date'::date
    where s.item_id <> all (coalesce(h.item_ids, '{}'))
)

select
    o.user_id,
    array_agg(o.item_id order by o.place) as item_ids,
    array_agg(o.score order by o.place) as scores
from ordered as o
where o.place <= :'quota'::integer
group by o.user_id
order by o.user_id;
