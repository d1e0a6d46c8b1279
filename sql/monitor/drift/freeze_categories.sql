-- Freezes the shares of every category for a model.
--
-- Grain   one row per subject and feature that the model has no reference of
-- Reads   monitor.drift_categories, monitor.drift_references
-- Writes  monitor.drift_references
-- Params  space_id, as_of_date
insert into monitor.drift_references
    (space_id, subject, feature, kind, as_of_date, categories, counts, known_count, missing_count)
with

categories as (
    select
        c.subject,
        c.feature,
        c.category,
        c.row_count,
        row_number() over (
            partition by c.subject, c.feature order by c.row_count desc, c.category) as place
    from monitor.drift_categories(:'as_of_date'::date) as c
    where not exists (
        select from monitor.drift_references as r
        where r.space_id = :'space_id'::bigint and r.subject = c.subject and r.kind = 'category')
),

features as (
    select
        c.subject,
        c.feature,
        array_agg(c.category order by c.place) filter (where c.place <= 50) as categories,
        array_agg(c.row_count order by c.place) filter (where c.place <= 50) as counts,
        coalesce(sum(c.row_count) filter (where c.place > 50), 0) as other_count,
        sum(c.row_count) as known_count
    from categories as c
    group by c.subject, c.feature
)

select
    :'space_id'::bigint as space_id,
    f.subject,
    f.feature,
    'category' as kind,
    :'as_of_date'::date as as_of_date,
    f.categories,
    f.counts || f.other_count || greatest(p.known_count - f.known_count, 0) as counts,
    f.known_count,
    greatest(p.known_count - f.known_count, 0) as missing_count
from features as f
inner join features as p on p.subject = f.subject and p.feature = ''
where f.feature <> '';
