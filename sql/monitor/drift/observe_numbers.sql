-- Counts every number into the bins of its reference, in one pass.
--
-- Grain   one row per subject and feature of the reference
-- Reads   monitor.references_for, monitor.drift_numbers
-- Writes  monitor.drift_observations
-- Params  run_id, as_of_date, publication_id, space_id
--         subjects   those that the references are of
-- Note    A feature that nobody has any more is observed too: all of its rows are missing.
insert into monitor.drift_observations
    (run_id, subject, feature, kind, space_id, as_of_date, counts, known_count, missing_count, mean)
with

-- The place stands for subject and feature in what is grouped.
references_used as materialized (
    select
        r.subject, r.feature, r.space_id, r.bin_edges,
        row_number() over (order by r.subject, r.feature)::integer as place
    from monitor.references_for(:'as_of_date'::date, :'space_id'::bigint) as r
    where r.kind = 'numeric'
),

places as (
    select r.place, r.subject, r.feature, r.bin_edges
    from references_used as r
    union all
    -- The nameless feature counts everybody.
    select -(row_number() over (order by s.subject))::integer, s.subject, '', '{0}'
    from (select distinct r.subject from references_used as r) as s
),

numbers as (
    select
        n.subject,
        unnest(n.names || ''::text) as feature,
        unnest(n.numbers || 0::real)::double precision as number
    from monitor.drift_numbers(
        :'as_of_date'::date, :'publication_id'::bigint, :'space_id'::bigint, :'subjects'::text[]) as n
),

binned as materialized (
    select v.place, v.bin, count(*) as row_count, sum(v.number) as total
    from (
        select p.place, width_bucket(n.number, p.bin_edges) as bin, n.number
        from numbers as n
        -- A left join and a fence let the planner see how many rows there are and how few groups: it counts
        -- in a hash table then, where it would sort every number. What has no reference has no place.
        left join places as p on p.subject = n.subject and p.feature = n.feature
        where n.number <> 'NaN'
        offset 0
    ) as v
    group by v.place, v.bin
),

populations as (
    select p.subject, b.row_count
    from places as p
    inner join binned as b on b.place = p.place
    where p.place < 0
),

features as (
    select
        r.place,
        array_agg(coalesce(b.row_count, 0) order by g.bin)::double precision[] as counts,
        coalesce(sum(b.row_count), 0)::double precision as known_count,
        sum(b.total) / sum(b.row_count) as mean
    from references_used as r
    cross join lateral generate_series(0, cardinality(r.bin_edges)) as g (bin)
    left join binned as b on b.place = r.place and b.bin = g.bin
    group by r.place
)

select
    :'run_id'::bigint as run_id,
    r.subject,
    r.feature,
    'numeric' as kind,
    r.space_id,
    :'as_of_date'::date as as_of_date,
    f.counts || (p.row_count - f.known_count) as counts,
    f.known_count,
    p.row_count - f.known_count as missing_count,
    f.mean
from features as f
inner join references_used as r on r.place = f.place
inner join populations as p on p.subject = r.subject;
