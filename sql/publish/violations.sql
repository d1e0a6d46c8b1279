-- What a publication must not have; it is held while any of this is found.
--
-- Grain   one row per rule that is broken
-- Reads   serving.recommendation_lists, serving.publication_terms, serving.publication_rules,
--         serving.candidate_lists, serving.candidate_fates, serving.funnel_counts, serving.fates,
--         serving.pointer, feature.user_snapshots, source.items, serving.publications
-- Params  publication_id, as_of_date
-- Output  rule, violation_count
with

lists as (
    select l.*
    from serving.recommendation_lists as l
    where l.publication_id = :'publication_id'::bigint
),

rows_of_lists as (
    select r.item_id
    from lists as l
    cross join lateral unnest(l.item_ids) as r (item_id)
),

weights as materialized (
    select array_agg(t.weight order by t.place) as weights, nullif(count(*), 0) as term_count
    from serving.publication_terms as t
    where t.publication_id = :'publication_id'::bigint
),

rules as materialized (
    select count(*) filter (where u.has_multiplier) as rule_count
    from serving.publication_rules as u
    where u.publication_id = :'publication_id'::bigint
),

-- Proposals beside what became of them.
ended as (
    select
        coalesce(l.user_id, f.user_id) as user_id,
        coalesce(l.source_id, f.source_id) as source_id,
        coalesce(l.item_ids, '{}') as item_ids,
        coalesce(f.fate_ids, '{}') as fate_ids
    from (
        select c.user_id, c.source_id, c.item_ids
        from serving.candidate_lists as c
        where c.publication_id = :'publication_id'::bigint
    ) as l
    full join (
        select c.user_id, c.source_id, c.fate_ids
        from serving.candidate_fates as c
        where c.publication_id = :'publication_id'::bigint
    ) as f on f.user_id = l.user_id and f.source_id = l.source_id
),

counted as (
    select e.source_id, r.fate_id, count(*) as candidate_count
    from ended as e
    cross join lateral unnest(e.fate_ids) as r (fate_id)
    group by e.source_id, r.fate_id
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
    from lists as l
    cross join lateral (
        select from unnest(l.item_ids) as r (item_id) group by r.item_id having count(*) > 1
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
    select 'a score is not the sum of weight times term, times the multipliers', count(*)
    from lists as l
    cross join weights as w
    cross join rules as u
    -- List by list, so that nothing grows with the number of users.
    cross join lateral (
        select
        from unnest(l.scores) with ordinality as r (score, rank)
        left join (
            select
                (t.place - 1) / w.term_count + 1 as rank,
                sum(w.weights[(t.place - 1) % w.term_count + 1] * t.term) as value
            from unnest(l.terms) with ordinality as t (term, place)
            group by (t.place - 1) / w.term_count
        ) as v on v.rank = r.rank
        left join (
            select
                (m.place - 1) / nullif(u.rule_count, 0) + 1 as rank,
                ops.product(m.multiplier::double precision) as multiplier
            from unnest(l.multipliers) with ordinality as m (multiplier, place)
            group by (m.place - 1) / nullif(u.rule_count, 0)
        ) as m on m.rank = r.rank
        -- Written so that a score that is null, infinite or no number counts too.
        where (abs(r.score - v.value * coalesce(m.multiplier, 1)) < 1e-6) is not true
    ) as s
    union all
    select 'a list has not as many terms or multipliers as the publication says', count(*)
    from lists as l
    cross join rules as u
    cross join weights as w
    where cardinality(l.terms) <> cardinality(l.item_ids) * coalesce(w.term_count, 0)
        or cardinality(l.multipliers) <> cardinality(l.item_ids) * u.rule_count
    union all
    select 'a propensity is not a probability', count(*)
    from lists as l
    cross join lateral unnest(l.propensities) as p (propensity)
    where (p.propensity > 0 and p.propensity <= 1) is not true
    union all
    select 'a candidate vanished: it has no fate, or a fate has no candidate', sum(v.violation_count)::bigint
    from (
        select abs(cardinality(e.item_ids) - cardinality(e.fate_ids)) as violation_count
        from ended as e
        union all
        select c.candidate_count
        from counted as c
        where not exists (select from serving.fates as f where f.fate_id = c.fate_id)
    ) as v
    union all
    select 'the funnel does not balance: counts differ from the fates of candidates', count(*)
    from counted as c
    full join (
        select f.source_id, f.fate_id, sum(f.candidate_count) as candidate_count
        from serving.funnel_counts as f
        where f.publication_id = :'publication_id'::bigint
        group by f.source_id, f.fate_id
    ) as f on f.source_id = c.source_id and f.fate_id = c.fate_id
    where c.candidate_count is distinct from f.candidate_count
    union all
    select 'a candidate counts as published and is not, or the other way', count(*)
    from (
        select e.user_id, r.item_id
        from ended as e
        cross join lateral unnest(e.item_ids, e.fate_ids) as r (item_id, fate_id)
        where r.fate_id in (select f.fate_id from serving.fates as f where f.stage = 'published')
    ) as e
    full join (
        select l.user_id, r.item_id
        from lists as l
        cross join lateral unnest(l.item_ids) as r (item_id)
        -- A list that was kept, or that a cohort falls back on, was not made of candidates.
        where l.list_kind = 'model'
    ) as r on r.user_id = e.user_id and r.item_id = e.item_id
    where e.user_id is null or r.user_id is null
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
