-- How far what was observed lies from its reference: the statistics of numbers, categories and rates.
--
-- Grain   one row per subject, feature and statistic
-- Reads   monitor.drift_observations, monitor.drift_references
-- Writes  monitor.drift
-- Params  run_id
-- Note    Only counts by bin are read, so the cost does not grow with the rows. Bins of which fewer than
--         ten rows are to be expected are pooled (Cochran 1954 asks for five), chosen by both samples
--         together, which leaves the tests valid. Missing values are a bin. Kolmogorov-Smirnov looks at
--         the edges of bins alone and finds at most the true distance, so it alarms no more often than it
--         says. Wasserstein is the difference of the means where one distribution lies above the other at
--         every edge; else it takes straight lines between edges, and at least that difference, which bounds
--         it from below. Its p-value is that of Kolmogorov-Smirnov on the same bins.
-- Source  PSI: Yurdakul, "Statistical properties of population stability index" (2018): in units of
--         1/n + 1/m a chi-square with one degree of freedom less than bins. Jensen-Shannon: Lin, IEEE
--         Trans. Inf. Theory 37 (1991); to second order 8 ln 2 times it is the same chi-square. Chi-square
--         of two samples: Pearson (1911). Rates: Wald's test of their difference
insert into monitor.drift
    (run_id, subject, feature, kind, statistic, as_of_date, reference_space_id, reference_date, value,
     degrees_of_freedom, effect, p_value, reference_count, current_count)
with

pairs as (
    select
        o.subject, o.feature, o.kind, o.as_of_date,
        r.space_id as reference_space_id,
        r.as_of_date as reference_date,
        r.bin_edges, r.deviation, r.lowest, r.highest,
        r.counts as reference_counts,
        o.counts as current_counts,
        r.mean as reference_mean,
        o.mean as current_mean,
        r.standard_error as reference_error,
        o.standard_error as current_error,
        r.known_count as reference_known,
        o.known_count as current_known,
        r.known_count + r.missing_count as n,
        o.known_count + o.missing_count as m
    from monitor.drift_observations as o
    inner join monitor.drift_references as r
        on r.space_id = o.space_id and r.subject = o.subject and r.feature = o.feature and r.kind = o.kind
    where o.run_id = :'run_id'::bigint
        and r.known_count + r.missing_count > 0
        and o.known_count + o.missing_count > 0
),

bins as (
    select
        p.subject, p.feature, p.kind, p.n, p.m, b.place, b.reference_count, b.current_count,
        (b.reference_count + b.current_count) / (p.n + p.m) * least(p.n, p.m) as expected
    from pairs as p
    cross join lateral unnest(p.reference_counts, p.current_counts)
        with ordinality as b (reference_count, current_count, place)
    where p.kind in ('numeric', 'category')
),

ordered as (
    select
        b.*,
        coalesce(sum(b.expected) over (
            partition by b.subject, b.feature, b.kind order by b.expected, b.place
            rows between unbounded preceding and 1 preceding), 0) as expected_before
    from bins as b
),

pooled as (
    select
        o.subject, o.feature, o.kind, o.n, o.m,
        sum(o.reference_count) as reference_count,
        sum(o.current_count) as current_count,
        count(*) over (partition by o.subject, o.feature, o.kind) as bin_count
    from ordered as o
    group by o.subject, o.feature, o.kind, o.n, o.m, case when o.expected_before >= 10 then o.place end
),

shares as (
    select
        s.*,
        -- Half a row more in each bin: no logarithm of nothing.
        (s.reference_count + 0.5) / (s.n + 0.5 * s.bin_count) as p,
        (s.current_count + 0.5) / (s.m + 0.5 * s.bin_count) as q
    from pooled as s
),

distances as (
    select
        s.subject,
        s.feature,
        s.kind,
        (s.bin_count - 1)::integer as degrees,
        s.n * s.m / (s.n + s.m) as effective_count,
        s.n,
        s.m,
        greatest(sum((s.q - s.p) * ln(s.q / s.p)), 0) as psi,
        greatest(sum(
            s.p * ln(2 * s.p / (s.p + s.q)) + s.q * ln(2 * s.q / (s.p + s.q))) / 2 / ln(2.0), 0)
            as jensen_shannon,
        sum(case
            when s.reference_count + s.current_count > 0
                then (s.current_count * sqrt(s.n / s.m) - s.reference_count * sqrt(s.m / s.n)) ^ 2
                    / (s.reference_count + s.current_count)
            else 0
        end) as chi_square,
        sum(abs(s.current_count / s.m - s.reference_count / s.n)) / 2 as moved_share
    from shares as s
    group by s.subject, s.feature, s.kind, s.bin_count, s.n, s.m
),

-- The difference of the distribution functions just below each edge; what is missing is left out.
steps as (
    select
        p.subject,
        p.feature,
        b.place,
        coalesce(p.bin_edges[b.place - 1], least(p.lowest, p.bin_edges[1])) as from_edge,
        p.bin_edges[b.place] as until_edge,
        sum(b.current_count) over so_far / p.current_known
            - sum(b.reference_count) over so_far / p.reference_known as difference
    from pairs as p
    cross join lateral unnest(p.reference_counts, p.current_counts)
        with ordinality as b (reference_count, current_count, place)
    where p.kind = 'numeric' and p.reference_known > 0 and p.current_known > 0
        and b.place <= cardinality(p.bin_edges)
    window so_far as (partition by p.subject, p.feature order by b.place)
),

areas as (
    select
        s.*,
        (s.until_edge - s.from_edge)
            * (abs(s.difference) + abs(coalesce(lag(s.difference) over so_far, 0))) / 2 as area
    from steps as s
    window so_far as (partition by s.subject, s.feature order by s.place)
),

transports as (
    select
        p.subject,
        p.feature,
        p.deviation,
        p.reference_known as n,
        p.current_known as m,
        max(abs(a.difference)) as distance,
        case
            when min(a.difference) >= 0 or max(a.difference) <= 0
                then abs(p.current_mean - p.reference_mean)
            else greatest(sum(a.area), abs(p.current_mean - p.reference_mean))
        end as transport,
        monitor.kolmogorov_p_value(
            max(abs(a.difference)), p.reference_known * p.current_known / (p.reference_known + p.current_known))
            as p_value
    from areas as a
    inner join pairs as p on p.subject = a.subject and p.feature = a.feature and p.kind = 'numeric'
    group by p.subject, p.feature, p.deviation, p.reference_known, p.current_known, p.current_mean,
        p.reference_mean
),

statistics as (
    select d.subject, d.feature, d.kind, 'psi' as statistic, d.psi as value, d.degrees, d.psi as effect,
        monitor.chi_square_p_value(d.psi * d.effective_count, d.degrees) as p_value, d.n, d.m
    from distances as d

    union all

    select d.subject, d.feature, d.kind, 'jensen_shannon', d.jensen_shannon, d.degrees, d.jensen_shannon,
        monitor.chi_square_p_value(8 * ln(2.0) * d.jensen_shannon * d.effective_count, d.degrees), d.n, d.m
    from distances as d

    union all

    select d.subject, d.feature, d.kind, 'chi_square', d.chi_square, d.degrees, d.moved_share,
        monitor.chi_square_p_value(d.chi_square, d.degrees), d.n, d.m
    from distances as d
    where d.kind = 'category'

    union all

    select t.subject, t.feature, 'numeric', 'kolmogorov_smirnov', t.distance, null, t.distance, t.p_value,
        t.n, t.m
    from transports as t

    union all

    select t.subject, t.feature, 'numeric', 'wasserstein', t.transport / t.deviation, null,
        t.transport / t.deviation, t.p_value, t.n, t.m
    from transports as t
    where t.deviation > 0

    union all

    select p.subject, p.feature, p.kind, 'missing_share', c.share - r.share, 1, abs(c.share - r.share),
        case
            when b.share * least(p.n, p.m) >= 10
                then monitor.chi_square_p_value(
                    (c.share - r.share) ^ 2 / (b.share * (1 - b.share) * (1 / p.n + 1 / p.m)), 1)
            else 1
        end,
        p.n, p.m
    from pairs as p
    cross join lateral (select greatest(1 - p.reference_known / p.n, 0) as share) as r
    cross join lateral (select greatest(1 - p.current_known / p.m, 0) as share) as c
    cross join lateral (select (r.share * p.n + c.share * p.m) / (p.n + p.m) as share) as b
    where p.kind in ('numeric', 'category') and b.share < 1

    union all

    -- With fewer than ten events to be expected the ratio is not near to normal.
    select p.subject, p.feature, p.kind, 'rate_ratio', r.ratio, 1, abs(ln(r.ratio)),
        case
            when p.reference_mean * least(p.n, p.m) >= 10 and p.reference_error ^ 2 + p.current_error ^ 2 > 0
                then monitor.chi_square_p_value(
                    (p.current_mean - p.reference_mean) ^ 2
                        / (p.reference_error ^ 2 + p.current_error ^ 2), 1)
        end,
        p.n, p.m
    from pairs as p
    cross join lateral (
        -- One event more, shared out by exposures: no logarithm of nothing.
        select (p.current_mean + 1 / (p.n + p.m)) / (p.reference_mean + 1 / (p.n + p.m)) as ratio
    ) as r
    where p.kind = 'rate'
)

select
    :'run_id'::bigint as run_id,
    s.subject,
    s.feature,
    s.kind,
    s.statistic,
    p.as_of_date,
    p.reference_space_id,
    p.reference_date,
    s.value,
    s.degrees,
    s.effect,
    s.p_value,
    s.n,
    s.m
from statistics as s
inner join pairs as p on p.subject = s.subject and p.feature = s.feature and p.kind = s.kind;
