-- What a publication must not have; it is held while any of this is found.
--
-- Grain   one row per rule that is broken
-- Reads   serving.recommendation_lists, serving.pointer, serving.weights, feature.user_snapshots,
--         source.items
-- Params  publication_id, as_of_date
-- Output  rule, violation_count
with

lists as (
    select l.*
    from serving.recommendation_lists as l
    where l.publication_id = :'publication_id'::bigint
),

rows_of_lists as (
    select l.user_id, r.*
    from lists as l
    cross join lateral unnest(l.item_ids, l.scores, l.affinities, l.popularities, l.freshnesses)
        as r (item_id, score, affinity, popularity, freshness)
),

weights as (
    select
        coalesce(max(w.weight) filter (where w.term_name = 'affinity'), 0) as affinity,
        coalesce(max(w.weight) filter (where w.term_name = 'popularity'), 0) as popularity,
        coalesce(max(w.weight) filter (where w.term_name = 'freshness'), 0) as freshness
    from serving.weights as w
    inner join serving.publications as p
        on p.weights_version = w.weights_version and p.publication_id = :'publication_id'::bigint
),

known as (
    -- As they are now: what was removed while the run went on is not published either.
    select i.item_id, i.is_available
    from source.items as i
),

found as (
    select 'a user has no list' as rule, count(*) as violation_count
    from feature.user_snapshots as s
    where s.as_of_date = :'as_of_date'::date
        and not exists (select from lists as l where l.user_id = s.user_id)
    union all
    select 'a list holds an item twice', count(*)
    from (
        select r.user_id
        from rows_of_lists as r
        group by r.user_id, r.item_id
        having count(*) > 1
    ) as d
    union all
    select 'a list holds an item that was removed', count(*)
    from rows_of_lists as r
    inner join known as v on v.item_id = r.item_id
    where not v.is_available
    union all
    select 'a list holds an item that is not known', count(*)
    from rows_of_lists as r
    where not exists (select from known as v where v.item_id = r.item_id)
    union all
    select 'a score is not the sum of weight times term', count(*)
    from rows_of_lists as r
    cross join weights as w
    -- Written so that a score that is null, infinite or no number counts too.
    where (abs(r.score - (
        w.affinity * r.affinity + w.popularity * r.popularity + w.freshness * r.freshness)) < 1e-6)
        is not true
    union all
    select 'a publication as of a later date is current', count(*)
    from serving.pointer as c
    inner join serving.publications as p on p.publication_id = c.publication_id
    where p.as_of_date > :'as_of_date'::date
)

select f.rule, f.violation_count
from found as f
where f.violation_count > 0
order by f.rule;
