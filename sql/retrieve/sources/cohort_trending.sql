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
--         Users one at a time: what is proposed to all of them never stands in memory at once.
with

users as (
    select
        s.user_id,
        coalesce(s.language, '') as language,
        coalesce(s.region, '') as region,
        coalesce(h.item_ids, '{}') as liked
    from feature.user_snapshots as s
    left join feature.user_histories as h
        on h.user_id = s.user_id and h.as_of_date = s.as_of_date
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
    select t.user_id, t.tag, '' as region, t.share
    from tags as t
    union all
    select u.user_id, '', r.region, 0.5
    from users as u
    -- Twice the chart over all where no region is known.
    cross join lateral (values (''), (u.region)) as r (region)
    where not exists (select from tags as t where t.user_id = u.user_id)
),

charts as (
    select c.user_id, array_agg(c.tag) as tags, array_agg(c.region) as regions, array_agg(c.share) as shares
    from cohorts as c
    group by c.user_id
)

select u.user_id, p.item_ids, p.scores
from users as u
inner join charts as g on g.user_id = u.user_id
cross join lateral (
    select
        array_agg(o.item_id order by o.score desc, o.item_id) as item_ids,
        array_agg(o.score order by o.score desc, o.item_id) as scores
    from (
        select c.item_id, round(sum(k.share * c.momentum)::numeric, 6)::real as score
        from unnest(g.tags, g.regions, g.shares) as k (tag, region, share)
        inner join feature.trending_items as t
            on t.as_of_date = :'as_of_date'::date
            and t.tag = k.tag and t.language = u.language and t.region = k.region
        cross join lateral unnest(t.item_ids, t.momenta) as c (item_id, momentum)
        where c.item_id <> all (u.liked)
        group by c.item_id
        order by score desc, c.item_id
        limit :'quota'::integer
    ) as o
) as p
where p.item_ids is not null
order by u.user_id;
