-- The lists of the current publication, where it was ranked under the same terms, weights and multipliers
-- as the one that is being made.
--
-- Grain   one row per user with a list that a model made, in a range of buckets, by user_id
-- Reads   serving.recommendation_lists, serving.pointer, serving.publication_terms,
--         serving.publication_rules
-- Params  publication_id   the one that is being made
--         from_bucket, until_bucket   buckets both inclusive
-- Note    Under other terms or rules the stored scores would not be what this publication says that
--         scores are: then there is nothing to keep.
with

terms as (
    select
        t.publication_id,
        array_agg((t.place, t.term_name, t.weight)::text order by t.place) as definition
    from serving.publication_terms as t
    group by t.publication_id
),

rules as (
    select
        u.publication_id,
        array_agg((u.place, u.rule_name)::text order by u.place) as definition
    from serving.publication_rules as u
    where u.has_multiplier
    group by u.publication_id
),

kept as (
    select c.publication_id
    from serving.pointer as c
    where c.publication_id <> :'publication_id'::bigint
        and (select t.definition from terms as t where t.publication_id = c.publication_id)
            is not distinct from
            (select t.definition from terms as t where t.publication_id = :'publication_id'::bigint)
        and (select u.definition from rules as u where u.publication_id = c.publication_id)
            is not distinct from
            (select u.definition from rules as u where u.publication_id = :'publication_id'::bigint)
)

select
    l.user_id,
    l.item_ids,
    l.scores,
    l.terms,
    l.multipliers,
    l.source_ids,
    l.slot_kinds,
    l.propensities,
    l.because_item_ids
from kept as k
inner join serving.recommendation_lists as l on l.publication_id = k.publication_id
where l.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    and l.list_kind in ('model', 'kept')
order by l.user_id;
