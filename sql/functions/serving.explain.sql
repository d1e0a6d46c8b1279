-- Why an item stands in the list of a user: everything its score is made of, and a text that says it.
--
-- Grain   one row, or none where the item is not in the list (serving.why_not tells why)
-- Reads   serving.recommendations, serving.recommendation_terms, serving.recommendation_multipliers,
--         serving.publications, serving.candidate_lists, serving.sources, feature.user_histories,
--         model.item_embeddings
-- Output  terms         by name: term (of a task of the ranker its probability), weight, contribution
--         multipliers   by rule: version and multiplier
--         sources       by name: rank and score that the item had with each that proposed it
--         because       up to three items of the user's history that are most like it, nearest first, with
--                       the cosine of their embeddings; the first is that which the publication names
--         explanation   all of this in words
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
    because jsonb,
    is_exploration boolean,
    propensity real,
    publication_id bigint,
    model_id bigint,
    ranker_model_id bigint,
    weights_version integer,
    as_of_date date,
    explanation text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $function$
    with

    listed as materialized (
        select r.*, p.ranker_model_id
        from serving.recommendations as r
        inner join serving.publications as p on p.publication_id = r.publication_id
        where r.user_id = explain.user_id
            and r.item_id = explain.item_id
            and r.publication_id = serving.require_publication(explain.publication_id)
    ),

    terms as (
        select
            jsonb_object_agg(t.term, jsonb_build_object(
                'term', t.term_value, 'weight', t.weight, 'contribution', t.contribution)) as object,
            string_agg(
                format('%s %s (%s × %s)', t.term, round(t.contribution::numeric, 4), t.weight,
                    round(t.term_value::numeric, 4)),
                ', ' order by abs(t.contribution) desc, t.term)
                filter (where round(t.contribution::numeric, 4) <> 0) as words
        from listed as l
        inner join serving.recommendation_terms as t
            on t.publication_id = l.publication_id and t.user_id = l.user_id and t.rank = l.rank
    ),

    multipliers as (
        select
            jsonb_object_agg(m.rule, jsonb_build_object(
                'version', m.rule_version, 'multiplier', m.multiplier)) as object,
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
    ),

    kept_history as (
        -- As many of the newest as the step rank looks at.
        select h.item_id, h.liked_date, h.place
        from listed as l
        inner join feature.user_histories as u
            on u.user_id = l.user_id and u.as_of_date = l.as_of_date
        cross join lateral unnest(u.item_ids, u.occurred_dates)
            with ordinality as h (item_id, liked_date, place)
        order by h.place desc
        limit 50
    ),

    history as (
        select h.item_id, h.liked_date, h.place
        from kept_history as h
        union all
        -- Histories are kept for fewer days than publications.
        select l.because_item_id, null, 0
        from listed as l
        where l.because_item_id is not null
            and not exists (select from kept_history as h where h.item_id = l.because_item_id)
    ),

    vectors as materialized (
        -- Without the last component, the bias.
        select e.item_id, e.embedding[1:cardinality(e.embedding) - 1] as components
        from listed as l
        inner join model.item_embeddings as e on e.space_id = l.model_id
        where e.item_id = l.item_id or e.item_id in (select h.item_id from history as h)
    ),

    nearest as (
        select h.item_id, h.liked_date, c.cosine, h.place, h.item_id = l.because_item_id as is_named
        from listed as l
        cross join history as h
        left join vectors as v on v.item_id = l.item_id
        left join vectors as w on w.item_id = h.item_id
        cross join lateral (
            select sum(a.x::double precision * a.y)
                / nullif(sqrt(sum(a.x::double precision * a.x) * sum(a.y::double precision * a.y)), 0)
                as cosine
            from unnest(v.components, w.components) as a (x, y)
        ) as c
        order by is_named desc, c.cosine desc nulls last, h.place desc
        limit 3
    ),

    likings as (
        select
            jsonb_agg(
                jsonb_build_object('item_id', n.item_id, 'liked_date', n.liked_date, 'cosine', n.cosine)
                order by n.is_named desc, n.cosine desc nulls last, n.place desc) as object,
            string_agg(
                'item ' || n.item_id || coalesce(' (' || nullif(concat_ws(', ',
                    'on ' || n.liked_date, 'cosine ' || round(n.cosine::numeric, 2)), '') || ')', ''),
                ', ' order by n.is_named desc, n.cosine desc nulls last, n.place desc) as words
        from nearest as n
    )

    select
        l.rank,
        l.score,
        l.value,
        l.multiplier,
        coalesce(t.object, '{}'),
        coalesce(m.object, '{}'),
        coalesce(p.object, '{}'),
        coalesce(k.object, '[]'),
        l.is_exploration,
        l.propensity,
        l.publication_id,
        l.model_id,
        l.ranker_model_id,
        l.weights_version,
        l.as_of_date,
        concat_ws(' ',
            format('Item %s stands at place %s with a score of %s.', l.item_id, l.rank, round(l.score::numeric, 4)),
            'Proposed by ' || p.words || '.',
            'Because the user liked ' || k.words || '.',
            format('The value is %s', round(l.value::numeric, 4)) || coalesce(': ' || t.words, '') || '.',
            'Rules: ' || m.words || '.',
            case when l.is_exploration then format(
                'The place was given to exploration; the item had a chance of %s.', round(l.propensity::numeric, 4))
            end,
            format('Publication %s, model %s, %sweights %s, as of %s.', l.publication_id, l.model_id,
                'ranker ' || l.ranker_model_id || ', ', l.weights_version, l.as_of_date))
    from listed as l
    cross join terms as t
    cross join multipliers as m
    cross join proposals as p
    cross join likings as k;
$function$;

comment on function serving.explain(bigint, bigint, bigint) is
    'Why an item stands in the list of a user: terms, multipliers, sources, items of the history most like it, versions, and a text.';
revoke all on function serving.explain(bigint, bigint, bigint) from public;
grant execute on function serving.explain(bigint, bigint, bigint) to vitrine_job, vitrine_analyst;
