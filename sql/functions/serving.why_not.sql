-- What became of an item for a user: who proposed it, and where it ended.
--
-- Grain   one row per source that proposed the item, and one where it stands among popular items in place
--         of candidates; one row without a source where there is neither
-- Reads   serving.candidate_lists, serving.candidate_fates, serving.fates, serving.sources,
--         serving.recommendation_lists, source.item_versions
-- Note    A publication that is no longer kept is an error, not an empty answer.
create or replace function serving.why_not(
    user_id bigint, item_id bigint, publication_id bigint default null)
returns table (
    source text,
    source_rank integer,
    source_score real,
    stage text,
    reason text,
    description text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
declare
    publication constant bigint := serving.require_publication(why_not.publication_id);
begin
    if to_regclass('serving.candidate_lists_' || publication) is null then
        raise exception 'the candidates of the publication are no longer kept'
            using errcode = 'no_data_found',
            hint = 'keep_candidates in the job says for how many publications they are.';
    end if;
    return query
    with

    proposals as (
        select
            s.source_name,
            c.place::integer as place,
            c.score,
            f.fate_ids[c.place] as fate_id
        from serving.candidate_lists as l
        inner join serving.sources as s on s.source_id = l.source_id
        cross join lateral unnest(l.item_ids, l.scores) with ordinality as c (item_id, score, place)
        left join serving.candidate_fates as f
            on f.user_id = l.user_id
            and f.publication_id = l.publication_id
            and f.source_id = l.source_id
        where l.user_id = why_not.user_id
            and l.publication_id = publication
            and c.item_id = why_not.item_id
    ),

    fallbacks as (
        select r.item_id
        from serving.recommendation_lists as l
        cross join lateral unnest(l.item_ids, l.source_ids) as r (item_id, source_id)
        inner join serving.sources as s on s.source_id = r.source_id and s.source_name = 'fallback'
        where l.user_id = why_not.user_id
            and l.publication_id = publication
            and r.item_id = why_not.item_id
    )

    select
        p.source_name,
        p.place,
        p.score,
        coalesce(e.stage, 'source'),
        coalesce(e.reason, 'not_ranked'),
        coalesce(e.description, 'The publication does not say: it was made before fates were kept, or is being made.')
    from proposals as p
    left join serving.fates as e on e.fate_id = p.fate_id
    union all
    select 'fallback', null, null, 'published', 'fallback', 'The user was left without candidates; it is among the popular items that stand in for them.'
    from fallbacks
    union all
    select null, null, null, 'source', n.reason, n.description
    from (
        select
            case
                when not exists (
                    select from source.item_versions as v where v.item_id = why_not.item_id)
                    then 'unknown_item'
                when not exists (
                    select from serving.recommendation_lists as l
                    where l.user_id = why_not.user_id and l.publication_id = publication)
                    then 'unknown_user'
                else 'not_proposed'
            end as reason
    ) as k
    inner join (values
        ('unknown_item', 'The item was never imported.'),
        ('unknown_user', 'The user has no list in this publication, and gets popular items.'),
        ('not_proposed', 'No source proposed the item: serving.candidates shows what each did.')
    ) as n (reason, description) on n.reason = k.reason
    where not exists (select from proposals) and not exists (select from fallbacks)
    order by 2, 1;
end
$function$;

comment on function serving.why_not(bigint, bigint, bigint) is
    'What became of an item for a user: which sources proposed it, at which place, and where it ended and why.';
revoke all on function serving.why_not(bigint, bigint, bigint) from public;
grant execute on function serving.why_not(bigint, bigint, bigint) to vitrine_job, vitrine_analyst;
