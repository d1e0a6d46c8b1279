-- How well the two-tower of the run ranks for groups of users: by language, region, the tag they like best,
-- and each attribute of their profile.
--
-- Grain   one row per measure and group; none where the run has measured no two-tower user by user
-- Reads   model.models, model.measurements, model.user_metrics, feature.user_snapshots,
--         feature.user_tag_affinities, source.user_versions
-- Writes  monitor.measures
-- Params  run_id, profile_attributes
-- Note    Groups of fewer than 50 users are left out, whose mean says little of them and much of each; of
--         the others the 20 largest of each kind are kept. Users are grouped by what was known when the
--         model was trained: a tag liked since is what it had to find.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

measured as (
    select m.model_id, m.as_of_date, n.metric_name, n.place
    from model.models as m
    inner join model.measurements as k on k.model_id = m.model_id
    cross join lateral (
        select distinct on (e.metric_name) e.metric_name, e.place
        from unnest(k.metric_names, k.cutoffs) with ordinality as e (metric_name, cutoff, place)
        where e.metric_name in ('recall', 'ndcg')
        order by e.metric_name, e.cutoff desc
    ) as n
    where m.run_id = :'run_id'::bigint and m.kind = 'two_tower' and m.purpose = 'evaluation'
),

figures as (
    select u.user_id, d.as_of_date, d.metric_name,
        u.metric_values[d.place]::double precision as value
    from measured as d
    inner join model.user_metrics as u on u.model_id = d.model_id
),

users as (
    select distinct f.user_id, f.as_of_date
    from figures as f
),

groups as (
    select u.user_id, g.kind, g.name
    from users as u
    inner join feature.user_snapshots as s on s.user_id = u.user_id and s.as_of_date = u.as_of_date
    cross join lateral (values ('language', s.language), ('region', s.region)) as g (kind, name)
    where g.name <> ''

    union all

    select a.user_id, 'tag', a.tag
    from (
        select distinct on (a.user_id) a.user_id, a.tag
        from users as u
        inner join feature.user_tag_affinities as a
            on a.user_id = u.user_id and a.as_of_date = u.as_of_date
        order by a.user_id, a.affinity desc, a.tag
    ) as a

    union all

    select v.user_id, p.attribute_name, v.attributes ->> p.attribute_name
    from (
        select distinct on (v.user_id) v.user_id, v.attributes
        from users as u
        inner join source.user_versions as v
            on v.user_id = u.user_id and v.known_at < u.as_of_date::timestamp at time zone 'UTC'
        order by v.user_id, v.known_at desc
    ) as v
    cross join unnest(:'profile_attributes'::text[]) as p (attribute_name)
    where v.attributes ->> p.attribute_name is not null
        and p.attribute_name not in ('language', 'region', 'tag')
),

means as (
    select f.metric_name, g.kind, g.name, avg(f.value) as value, count(*) as user_count,
        row_number() over (partition by f.metric_name, g.kind order by count(*) desc, g.name) as place
    from figures as f
    inner join groups as g on g.user_id = f.user_id
    group by f.metric_name, g.kind, g.name
    having count(*) >= 50
)

select :'run_id'::bigint, 'model', m.metric_name || '_of_group', m.kind || '=' || m.name, m.value, 'ratio'
from means as m
where m.place <= 20;
