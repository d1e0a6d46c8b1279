-- Why an item stands in the list of a user: everything its score is made of, and a text that says it.
--
-- Grain   one row, or none where the item is not in the list (serving.why_not tells why)
-- Reads   serving.pointer, serving.recommendations, serving.recommendation_terms,
--         serving.recommendation_multipliers, serving.candidate_lists, serving.sources
create or replace function serving.explain(
    user_id bigint, item_id bigint, publication_id bigint default null)
returns table (
    rank integer,
    score double precision,
    value double precision,
    multiplier double precision,
    terms jsonb,
    multipliers jsonb,
    sources jsonb,
    because_item_id bigint,
    is_exploration boolean,
    propensity real,
    model_id bigint,
    weights_version integer,
    as_of_date date,
    explanation text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
    with

    listed as (
        select r.*
        from serving.recommendations as r
        where r.user_id = explain.user_id
            and r.item_id = explain.item_id
            and r.publication_id = coalesce(
                explain.publication_id, (select p.publication_id from serving.pointer as p))
    ),

    terms as (
        select
            jsonb_object_agg(t.term, jsonb_build_object(
                'term', t.term_value, 'weight', t.weight, 'contribution', t.contribution)) as object,
            string_agg(
                format('%s %s', t.term, round(t.contribution::numeric, 4)), ', '
                order by abs(t.contribution) desc, t.term)
                filter (where t.contribution <> 0) as words
        from listed as l
        inner join serving.recommendation_terms as t
            on t.publication_id = l.publication_id and t.user_id = l.user_id and t.rank = l.rank
    ),

    multipliers as (
        select
            jsonb_object_agg(m.rule, m.multiplier) as object,
            string_agg(
                format('%s × %s', m.rule, round(m.multiplier::numeric, 4)), ', '
                order by m.multiplier, m.rule)
                filter (where m.multiplier <> 1) as words
        from listed as l
        inner join serving.recommendation_multipliers as m
            on m.publication_id = l.publication_id and m.user_id = l.user_id and m.rank = l.rank
    ),

    proposals as (
        select
            jsonb_object_agg(s.source_name, jsonb_build_object('rank', c.place, 'score', c.score)) as object,
            string_agg(
                format('%s (place %s)', s.source_name, c.place), ', ' order by c.place, s.source_name) as words
        from listed as l
        inner join serving.candidate_lists as d
            on d.user_id = l.user_id and d.publication_id = l.publication_id
        inner join serving.sources as s on s.source_id = d.source_id
        cross join lateral unnest(d.item_ids, d.scores) with ordinality as c (item_id, score, place)
        where c.item_id = l.item_id
    )

    select
        l.rank,
        l.score,
        l.value,
        l.multiplier,
        coalesce(t.object, '{}'),
        coalesce(m.object, '{}'),
        coalesce(p.object, '{}'),
        l.because_item_id,
        l.is_exploration,
        l.propensity,
        l.model_id,
        l.weights_version,
        l.as_of_date,
        concat_ws(' ',
            format('Item %s stands at place %s with a score of %s.', l.item_id, l.rank, round(l.score::numeric, 4)),
            'Proposed by ' || p.words || '.',
            'Because the user liked item ' || l.because_item_id || '.',
            'The value is the sum of ' || t.words || '.',
            'Rules: ' || m.words || '.',
            case when l.is_exploration then format(
                'The place was given to exploration; the item had a chance of %s.', round(l.propensity::numeric, 4))
            end,
            format('Model %s, weights %s, as of %s.', l.model_id, l.weights_version, l.as_of_date))
    from listed as l
    cross join terms as t
    cross join multipliers as m
    cross join proposals as p;
$function$;

comment on function serving.explain(bigint, bigint, bigint) is
    'Why an item stands in the list of a user: terms, multipliers, sources, the item of the history most like it, models, and a text.';
revoke all on function serving.explain(bigint, bigint, bigint) from public;
grant execute on function serving.explain(bigint, bigint, bigint) to vitrine_job, vitrine_analyst;
