-- The lists that a publication would have had under other weights.
--
-- Grain   one row per user and rank
-- Reads   serving.publications, serving.publication_terms, serving.publication_rules,
--         serving.ranked_lists, serving.recommendation_lists, source.item_versions,
--         feature.item_snapshots
-- Output  old_rank   place of the item in the list that was published; null where it was not in it
-- Note    Equal to what ranking again with these weights would publish: the candidates of the second stage
--         do not depend on the weights, and neither does the length of a list. Creators, tags and
--         exposures are those as of the publication's date. A user whose list was not ranked, such as one
--         whose last list was kept, has no rows.
--         weights has numbers by term; a term that is not named keeps its weight. user_ids null: everybody.
create or replace function serving.what_if(
    weights jsonb, publication_id bigint default null, user_ids bigint[] default null)
returns table (
    user_id bigint,
    rank integer,
    item_id bigint,
    value double precision,
    multiplier double precision,
    score double precision,
    old_rank integer)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
-- To compile the statement takes longer than to run it for one user.
set jit = off
as $function$
declare
    publication constant bigint := serving.require_publication(what_if.publication_id);
    known_before timestamptz;
    snapshot_date date;
    term_weights double precision[];
    rules jsonb;
begin
    if not exists (select from serving.ranked_lists as l where l.publication_id = publication) then
        raise exception 'the candidates of the publication are no longer kept'
            using errcode = 'no_data_found',
            hint = 'keep_candidates in the job says for how many publications they are.';
    end if;
    if jsonb_typeof(weights) is distinct from 'object'
        or exists (select from jsonb_each(weights) as w where jsonb_typeof(w.value) <> 'number')
    then
        raise exception 'weights must be an object of numbers'
            using errcode = 'invalid_parameter_value',
            hint = 'Name terms: serving.what_if(''{"popularity": 0.1}'').';
    end if;
    if exists (
        select from jsonb_object_keys(weights) as k (term_name)
        where k.term_name not in (
            select t.term_name from serving.publication_terms as t where t.publication_id = publication))
    then
        raise exception 'the publication has no such term'
            using errcode = 'invalid_parameter_value',
            hint = format('Its terms are %s.', (
                select string_agg(t.term_name, ', ' order by t.place)
                from serving.publication_terms as t
                where t.publication_id = publication));
    end if;
    select p.as_of_date, p.as_of_date::timestamp at time zone 'UTC'
    into snapshot_date, known_before
    from serving.publications as p
    where p.publication_id = publication;
    select array_agg(
        coalesce((weights ->> t.term_name)::double precision, t.weight) order by t.place)
    into term_weights
    from serving.publication_terms as t
    where t.publication_id = publication;
    select coalesce(jsonb_object_agg(r.rule_name, r.parameters), '{}')
    into rules
    from serving.publication_rules as r
    where r.publication_id = publication;
    if rules #>> '{dpp,similarity}' = 'embeddings' then
        raise exception 'the rule dpp of the publication compares embeddings, which is not done in SQL'
            using errcode = 'feature_not_supported',
            hint = 'Rank again with the weights: vitrine run.';
    end if;

    return query
    select
        l.user_id,
        r.rank,
        l.item_ids[r.candidate],
        r.value,
        r.multiplier,
        r.score,
        array_position(o.item_ids, l.item_ids[r.candidate])
    from serving.ranked_lists as l
    -- However items are valued, a list ends where its length or its candidates do.
    inner join serving.recommendation_lists as o
        on o.user_id = l.user_id and o.publication_id = l.publication_id
    cross join lateral (
        with

        items as (
            select c.place, v.creator_id, v.tags, s.exposure_count
            from unnest(l.item_ids) with ordinality as c (item_id, place)
            left join lateral (
                select w.creator_id, w.tags
                from source.item_versions as w
                where rules ?| '{creator_spacing,creator_cap,mmr,dpp}'
                    and w.item_id = c.item_id
                    and w.known_at < known_before
                order by w.known_at desc
                limit 1
            ) as v on true
            left join lateral (
                select greatest(n.impression_count_28d, n.positive_count_28d) as exposure_count
                from feature.item_snapshots as n
                where rules ? 'thompson_exploration'
                    and n.item_id = c.item_id
                    and n.as_of_date = snapshot_date
            ) as s on true
        ),

        tags as (
            select i.place, dense_rank() over (order by t.tag)::integer as tag_number
            from items as i
            cross join lateral unnest(i.tags) as t (tag)
            where rules ?| '{mmr,dpp}'
        ),

        tag_sets as (
            select
                t.place,
                bit_or(set_bit(
                    repeat('0', (select max(n.tag_number) from tags as n))::bit varying,
                    t.tag_number - 1, 1)) as tag_set
            from tags as t
            group by t.place
        ),

        creators as (
            select i.place, dense_rank() over (order by i.creator_id)::integer as creator_number
            from items as i
            where i.creator_id is not null
        )

        select
            array_agg(c.creator_number order by i.place) as creator_numbers,
            array_agg(t.tag_set order by i.place) as tag_sets,
            array_agg(coalesce(i.exposure_count, 0) order by i.place) as exposure_counts
        from items as i
        left join creators as c on c.place = i.place
        left join tag_sets as t on t.place = i.place
    ) as k
    cross join lateral serving.rerank(
        l.source_ids, k.creator_numbers, k.tag_sets, k.exposure_counts, l.terms, l.factors, l.draws,
        term_weights, rules, cardinality(o.item_ids)) as r
    where l.publication_id = publication
        and (what_if.user_ids is null or l.user_id = any (what_if.user_ids));
end
$function$;

comment on function serving.what_if(jsonb, bigint, bigint[]) is
    'The lists that a publication would have had under other weights, beside the places that items had.';
revoke all on function serving.what_if(jsonb, bigint, bigint[]) from public;
grant execute on function serving.what_if(jsonb, bigint, bigint[]) to vitrine_job, vitrine_analyst;
