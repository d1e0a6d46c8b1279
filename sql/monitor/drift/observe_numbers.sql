-- Counts every number into the bins of its reference, in one pass.
--
-- Grain   one row per subject and feature of the reference
-- Reads   monitor.references_for, monitor.binned_numbers
-- Writes  monitor.drift_observations
-- Params  run_id, as_of_date, publication_id, space_id
--         subjects   those that the references are of
-- Note    A feature that nobody has any more is observed too: all of its rows are missing.
insert into monitor.drift_observations
    (run_id, subject, feature, kind, space_id, as_of_date, counts, known_count, missing_count, mean)
with

references_used as materialized (
    select r.subject, r.feature, r.space_id, r.bin_edges
    from monitor.references_for(:'as_of_date'::date, :'space_id'::bigint) as r
    where r.kind = 'numeric'
),

binned as materialized (
    select b.*
    from monitor.binned_numbers(
        :'as_of_date'::date, :'publication_id'::bigint, :'space_id'::bigint, :'subjects'::text[]) as b
),

-- A feature that stands in every row, known or not, or the nameless one, counts them all.
populations as (
    select c.subject, max(c.row_count) as row_count
    from (
        select b.subject, sum(b.row_count) as row_count
        from binned as b
        group by b.subject, b.feature
    ) as c
    group by c.subject
),

features as (
    select
        r.subject,
        r.feature,
        r.space_id,
        array_agg(coalesce(b.row_count, 0) order by g.bin)::double precision[] as counts,
        coalesce(sum(b.row_count), 0)::double precision as known_count,
        sum(b.total) / sum(b.row_count) as mean
    from references_used as r
    cross join lateral generate_series(0, cardinality(r.bin_edges)) as g (bin)
    left join binned as b on b.subject = r.subject and b.feature = r.feature and b.bin = g.bin
    group by r.subject, r.feature, r.space_id
)

select
    :'run_id'::bigint as run_id,
    f.subject,
    f.feature,
    'numeric' as kind,
    f.space_id,
    :'as_of_date'::date as as_of_date,
    f.counts || (p.row_count - f.known_count) as counts,
    f.known_count,
    p.row_count - f.known_count as missing_count,
    f.mean
from features as f
inner join populations as p on p.subject = f.subject;
