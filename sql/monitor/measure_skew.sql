-- Whether what is served is what is computed: features served against features recomputed, predictions
-- against outcomes, and whether features were there.
--
-- Grain   one row per measure and subject
-- Reads   monitor.served_features, feature.user_features, source.interactions, source.actions,
--         serving.publications, serving.recommendation_lists, serving.publication_terms,
--         feature.user_snapshots, feature.item_snapshots
-- Writes  monitor.measures
-- Params  run_id, as_of_date, publication_id
-- Note    Features are compared a night later, as of the date on which they were served: with the snapshots
--         of that date, and those that are counts with the interactions themselves. A number differs when
--         it is more than a part in 100,000 off. Nothing is said of what was never logged.

-- Features as served against the same text run again now.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

logged as (
    select f.*
    from monitor.served_features as f
    where f.publication_id = (
        select s.publication_id
        from monitor.served_features as s
        where s.as_of_date < :'as_of_date'::date
        order by s.as_of_date desc, s.publication_id desc
        limit 1)
),

buckets as (
    select l.as_of_date, min(l.bucket) as first_bucket, max(l.bucket) as last_bucket
    from logged as l
    group by l.as_of_date
),

recomputed as (
    select f.user_id, f.names, f.numbers
    from buckets as b
    cross join lateral feature.user_features(b.as_of_date, b.first_bucket, b.last_bucket) as f
),

-- Counts of events, straight from the source.
events as (
    select
        i.user_id,
        a.action_name = 'impression' as is_impression,
        (i.occurred_at at time zone 'UTC')::date as occurred_date,
        b.as_of_date
    from buckets as b
    inner join source.interactions as i
        on i.occurred_at >= (b.as_of_date - 28)::timestamp at time zone 'UTC'
        and i.known_at < b.as_of_date::timestamp at time zone 'UTC'
        and i.known_at >= (b.as_of_date - 28)::timestamp at time zone 'UTC'
    inner join source.actions as a on a.action_id = i.action_id
    where i.user_id in (select l.user_id from logged as l)
),

recounted as (
    select
        l.user_id,
        '{impressions_1d,impressions_7d,impressions_28d,active_days,events}'::text[] as names,
        array[
            ln(1 + count(*) filter (where e.is_impression and e.occurred_date >= e.as_of_date - 1)),
            ln(1 + count(*) filter (where e.is_impression and e.occurred_date >= e.as_of_date - 7)),
            ln(1 + count(*) filter (where e.is_impression)),
            count(distinct e.occurred_date),
            ln(1 + count(e.user_id))
        ]::real[] as numbers
    from logged as l
    left join events as e on e.user_id = l.user_id
    group by l.user_id
),

again as (
    select 'recomputed' as subject, r.* from recomputed as r
    union all
    select 'recounted' as subject, r.* from recounted as r
),

compared as (
    select
        g.subject,
        l.user_id,
        s.feature,
        case
            when s.number = 'NaN' and n.number = 'NaN' then 0
            when s.number = 'NaN' or n.number = 'NaN' then 1
            else abs(s.number::double precision - n.number) / greatest(abs(n.number), 1)
        end as difference
    from logged as l
    inner join again as g on g.user_id = l.user_id
    cross join lateral unnest(l.names, l.numbers) as s (feature, number)
    inner join lateral unnest(g.names, g.numbers) as n (feature, number) on n.feature = s.feature
)

select :'run_id'::bigint, 'data', m.measure_name, m.subject, m.value, m.unit
from (
    select 'skew_compared_users' as measure_name, c.subject,
        count(distinct c.user_id)::double precision as value, 'users' as unit
    from compared as c
    group by c.subject
    union all
    select 'skew_differing_share', c.subject, avg((c.difference > 1e-5)::integer), 'ratio'
    from compared as c
    group by c.subject
    union all
    select 'skew_largest_difference', c.subject, max(c.difference), 'relative'
    from compared as c
    group by c.subject
    union all
    -- By feature only where something differs.
    select 'skew_differing_share', c.subject || '.' || c.feature, avg((c.difference > 1e-5)::integer), 'ratio'
    from compared as c
    group by c.subject, c.feature
    having max(c.difference) > 1e-5
) as m;

-- Predictions of the publication before against what came of them: of items in the list of a user, those
-- that the user was shown from its date on.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

served as (
    select p.publication_id, p.as_of_date
    from serving.publications as p
    where p.status = 'published' and p.as_of_date < :'as_of_date'::date
    order by p.as_of_date desc, p.publication_id desc
    limit 1
),

shown as (
    select s.publication_id, i.user_id, i.item_id, array_agg(a.action_name) as action_names
    from served as s
    inner join source.interactions as i
        on i.occurred_at >= s.as_of_date::timestamp at time zone 'UTC'
        and i.occurred_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    inner join source.actions as a on a.action_id = i.action_id
    group by s.publication_id, i.user_id, i.item_id
),

by_user as (
    select
        t.term_name,
        w.user_id,
        count(*) as exposures,
        sum(l.terms[(array_position(l.item_ids, w.item_id) - 1)
            * (cardinality(l.terms) / cardinality(l.item_ids)) + t.place]::double precision) as predicted,
        sum((t.term_name = any (w.action_names))::integer) as observed
    from shown as w
    inner join serving.recommendation_lists as l
        on l.publication_id = w.publication_id and l.user_id = w.user_id and l.list_kind = 'model'
        and w.item_id = any (l.item_ids)
    inner join serving.publication_terms as t on t.publication_id = w.publication_id
    inner join source.actions as a on a.action_name = t.term_name
    group by t.term_name, w.user_id
),

tasks as (
    select
        b.term_name,
        sum(b.exposures) as exposures,
        sum(b.predicted) as predicted,
        sum(b.observed) as observed,
        -- Exposures of one user are not independent: users are what varies.
        sqrt(sum((b.observed - b.predicted) ^ 2)) as deviation
    from by_user as b
    group by b.term_name
)

select :'run_id'::bigint, 'model', m.measure_name, t.term_name, m.value, m.unit
from tasks as t
cross join lateral (values
    ('skew_exposures', t.exposures::double precision, 'exposures'),
    ('skew_predicted_rate', t.predicted / t.exposures, 'ratio'),
    ('skew_observed_rate', t.observed::double precision / t.exposures, 'ratio'),
    ('skew_prediction_deviations', (t.observed - t.predicted) / nullif(t.deviation, 0), 'deviations')
) as m (measure_name, value, unit)
where m.value is not null;

-- Users with a list, and items in lists, whose features were not there when the lists were made.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

lists as (
    select l.user_id, l.item_ids
    from serving.recommendation_lists as l
    where l.publication_id = :'publication_id'::bigint
),

items as (
    select distinct i.item_id
    from lists as l
    cross join lateral unnest(l.item_ids) as i (item_id)
)

select :'run_id'::bigint, 'data', 'skew_without_features', 'users', avg((s.user_id is null)::integer), 'ratio'
from lists as l
left join feature.user_snapshots as s on s.user_id = l.user_id and s.as_of_date = :'as_of_date'::date
having count(*) > 0

union all

select :'run_id'::bigint, 'data', 'skew_without_features', 'items', avg((s.item_id is null)::integer), 'ratio'
from items as i
left join feature.item_snapshots as s on s.item_id = i.item_id and s.as_of_date = :'as_of_date'::date
having count(*) > 0;
