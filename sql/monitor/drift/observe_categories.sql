-- Counts every category beside its reference.
--
-- Grain   one row per subject and feature of the reference
-- Reads   monitor.references_for, monitor.drift_categories
-- Writes  monitor.drift_observations
-- Params  run_id, as_of_date, space_id
insert into monitor.drift_observations
    (run_id, subject, feature, kind, space_id, as_of_date, counts, known_count, missing_count)
with

categories as materialized (
    select c.*
    from monitor.drift_categories(:'as_of_date'::date) as c
),

features as (
    select
        r.subject,
        r.feature,
        r.space_id,
        p.row_count as population,
        array_agg(coalesce(c.row_count, 0) order by k.place) as counts,
        (
            select coalesce(sum(a.row_count), 0)
            from categories as a
            where a.subject = r.subject and a.feature = r.feature
        ) as known_count
    from monitor.references_for(:'as_of_date'::date, :'space_id'::bigint) as r
    inner join categories as p on p.subject = r.subject and p.feature = ''
    cross join lateral unnest(r.categories) with ordinality as k (category, place)
    left join categories as c
        on c.subject = r.subject and c.feature = r.feature and c.category = k.category
    where r.kind = 'category'
    group by r.subject, r.feature, r.space_id, p.row_count
)

select
    :'run_id'::bigint as run_id,
    f.subject,
    f.feature,
    'category' as kind,
    f.space_id,
    :'as_of_date'::date as as_of_date,
    f.counts
        || greatest(f.known_count - (select sum(c.row_count) from unnest(f.counts) as c (row_count)), 0)
        || greatest(f.population - f.known_count, 0) as counts,
    f.known_count,
    greatest(f.population - f.known_count, 0) as missing_count
from features as f;
