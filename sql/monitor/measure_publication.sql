-- What the publication of the run recommends: coverage, concentration, sources, fallbacks.
--
-- Grain   one row per measure and subject
-- Reads   serving.recommendation_lists, serving.sources, source.items, feature.user_snapshots
-- Writes  monitor.measures
-- Params  run_id, as_of_date, publication_id
-- Source  coverage: Ge, Delgado-Battenfeld, Jannach, "Beyond accuracy", RecSys 2010
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

lists as (
    select l.user_id, l.item_ids, l.source_ids
    from serving.recommendation_lists as l
    where l.publication_id = :'publication_id'::bigint
),

recommended as (
    select r.item_id, r.source_id, count(*) as list_count
    from lists as l
    cross join lateral unnest(l.item_ids, l.source_ids) as r (item_id, source_id)
    group by r.item_id, r.source_id
),

items as (
    select r.item_id, sum(r.list_count) as list_count
    from recommended as r
    group by r.item_id
),

measures as (
    select 'users_without_recommendations' as measure_name, 'all' as subject, 'users' as unit,
        count(*)::double precision as value
    from feature.user_snapshots as s
    where s.as_of_date = :'as_of_date'::date
        and not exists (select from lists as l where l.user_id = s.user_id)
    union all
    select 'catalogue_coverage', 'all', 'ratio',
        (select count(*) from items)::double precision
            / nullif((select count(*) from source.items as i where i.is_available), 0)
    union all
    select 'top_1_percent_share', 'all', 'ratio',
        sum(t.list_count) filter (where t.place <= greatest(t.total / 100, 1))::double precision
            / nullif(sum(t.list_count), 0)
    from (
        select i.list_count, row_number() over (order by i.list_count desc, i.item_id) as place,
            count(*) over () as total
        from items as i
    ) as t
    union all
    select 'recommendations', s.source_name, 'recommendations',
        coalesce(sum(r.list_count), 0)::double precision
    from serving.sources as s
    left join recommended as r on r.source_id = s.source_id
    group by s.source_name
    union all
    select 'mean_list_length', 'all', 'items', avg(cardinality(l.item_ids))::double precision
    from lists as l
)

select :'run_id'::bigint, 'model', m.measure_name, m.subject, m.value, m.unit
from measures as m
where m.value is not null;
