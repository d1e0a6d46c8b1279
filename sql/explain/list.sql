-- The first places of the list of a user, and what their scores are made of.
--
-- Grain   one row per rank
-- Reads   serving.recommendations, serving.recommendation_terms, serving.recommendation_multipliers
-- Params  publication_id, user_id, row_limit
-- Output  terms   contributions to the value, largest first; those that round to 0 are left out
--         rules   multipliers other than 1
select
    r.rank,
    r.item_id,
    r.source,
    r.score,
    r.value,
    (
        select string_agg(
            format('%s %s', t.term, round(t.contribution::numeric, 3)), ', '
            order by abs(t.contribution) desc, t.term)
        from serving.recommendation_terms as t
        where t.publication_id = r.publication_id
            and t.user_id = r.user_id
            and t.rank = r.rank
            and round(t.contribution::numeric, 3) <> 0
    ) as terms,
    (
        select string_agg(
            format('%s %s', m.rule, round(m.multiplier::numeric, 3)), ', ' order by m.multiplier, m.rule)
        from serving.recommendation_multipliers as m
        where m.publication_id = r.publication_id
            and m.user_id = r.user_id
            and m.rank = r.rank
            and m.multiplier <> 1
    ) as rules,
    r.because_item_id,
    r.is_exploration
from serving.recommendations as r
where r.publication_id = :'publication_id'::bigint
    and r.user_id = :'user_id'::bigint
    and r.rank <= :'row_limit'::integer
order by r.rank;
