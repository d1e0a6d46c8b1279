-- Freezes the distribution of every number for a model: quantile bins, and how many fall into each.
--
-- Grain   one row per feature of the subjects
-- Reads   monitor.drift_numbers
-- Writes  monitor.drift_references
-- Params  space_id         the model
--         as_of_date
--         publication_id   whose scores are meant; -1 where there is none yet
--         subjects         those that have no reference of numbers yet
-- Note    Edges are quantiles in steps of 5 %, each once: a value that many share is a bin of its own. The
--         last edge lies just above the largest number, so that what was never seen falls beyond it.
insert into monitor.drift_references
    (space_id, subject, feature, kind, as_of_date, bin_edges, counts, known_count, missing_count, mean,
     deviation, lowest, highest)
with

numbers as (
    select n.subject, unnest(n.names) as feature, unnest(n.numbers)::double precision as number
    from monitor.drift_numbers(
        :'as_of_date'::date, :'publication_id'::bigint, :'space_id'::bigint, :'subjects'::text[]) as n
),

features as (
    select
        n.subject,
        n.feature,
        count(*) as known_count,
        avg(n.number) as mean,
        stddev_pop(n.number) as deviation,
        min(n.number) as lowest,
        max(n.number) as highest,
        percentile_disc(array[0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7,
            0.75, 0.8, 0.85, 0.9, 0.95]) within group (order by n.number) as quantiles
    from numbers as n
    where n.number <> 'NaN' and n.feature <> ''
    group by n.subject, n.feature
),

-- A feature that stands in every row, known or not, or the nameless one, counts them all.
populations as (
    select f.subject, max(f.row_count) as row_count
    from (
        select n.subject, n.feature, count(*) as row_count
        from numbers as n
        group by n.subject, n.feature
    ) as f
    group by f.subject
),

edges as (
    select
        f.*,
        array(
            select distinct e.edge
            from unnest(f.quantiles || (f.highest + greatest(abs(f.highest) * 1e-6, 1e-30))) as e (edge)
            order by e.edge
        ) as bin_edges
    from features as f
),

binned as (
    select v.subject, v.feature, v.bin, count(*) as row_count
    from (
        select n.subject, n.feature, width_bucket(n.number, e.bin_edges) as bin
        from numbers as n
        -- A left join and a fence: as in observe_numbers.sql.
        left join edges as e on e.subject = n.subject and e.feature = n.feature
        where n.number <> 'NaN' and n.feature <> ''
        offset 0
    ) as v
    group by v.subject, v.feature, v.bin
)

select
    :'space_id'::bigint as space_id,
    e.subject,
    e.feature,
    'numeric' as kind,
    :'as_of_date'::date as as_of_date,
    e.bin_edges,
    array_agg(coalesce(b.row_count, 0) order by g.bin)::double precision[]
        || (p.row_count - e.known_count)::double precision as counts,
    e.known_count,
    p.row_count - e.known_count as missing_count,
    e.mean,
    e.deviation,
    e.lowest,
    e.highest
from edges as e
inner join populations as p on p.subject = e.subject
cross join lateral generate_series(0, cardinality(e.bin_edges)) as g (bin)
left join binned as b on b.subject = e.subject and b.feature = e.feature and b.bin = g.bin
group by e.subject, e.feature, e.bin_edges, e.known_count, p.row_count, e.mean, e.deviation, e.lowest,
    e.highest;
