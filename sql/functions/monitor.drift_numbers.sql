-- Every number whose distribution is watched: features, attributes, scores, lengths of embeddings.
--
-- Grain   one row per user or item and subject
-- Reads   feature.item_features, feature.user_features, source.item_versions, source.user_versions,
--         serving.recommendation_lists, serving.publication_terms
-- Output  names, numbers   in the same order; NaN, or no name, where not known. Where names may be missing
--                          from a row, one that is empty stands in all, so that rows can be counted
-- Note    Only the subjects asked for are read. A new feature or attribute is covered by itself. Of scores a user
--         counts once, with the mean of the list, because the rows of one list depend on one another. Of some
--         4,000 users by bucket; of embeddings some 20,000. What is never known in the reference is compared by
--         how often it is missing.
create or replace function monitor.drift_numbers(as_of date, publication bigint, space bigint, subjects text[])
returns table (subject text, names text[], numbers real[])
language sql
stable
parallel safe
begin atomic
    select 'item_snapshots' as subject, f.names, f.numbers
    from feature.item_features(as_of) as f
    where 'item_snapshots' = any (subjects)

    union all

    select 'user_snapshots' as subject, f.names, f.numbers
    from feature.user_features(as_of, 0::smallint, 1023::smallint) as f
    where 'user_snapshots' = any (subjects)

    union all

    select v.subject, n.names, n.numbers
    from (
        (
            select distinct on (i.item_id) 'item_attributes' as subject, i.attributes
            from source.item_versions as i
            where 'item_attributes' = any (subjects) and i.known_at < as_of::timestamp at time zone 'UTC'
            order by i.item_id, i.known_at desc
        )
        union all
        (
            select distinct on (u.user_id) 'user_attributes' as subject, u.attributes
            from source.user_versions as u
            where 'user_attributes' = any (subjects) and u.known_at < as_of::timestamp at time zone 'UTC'
            order by u.user_id, u.known_at desc
        )
    ) as v
    cross join lateral (
        select
            coalesce(array_agg(e.key), '{}') || ''::text as names,
            coalesce(array_agg((e.value #>> '{}')::real), '{}') || 0::real as numbers
        from jsonb_each(v.attributes) as e
        where jsonb_typeof(e.value) = 'number' and abs((e.value #>> '{}')::numeric) < 1e37
            and (abs((e.value #>> '{}')::numeric) > 1e-37 or (e.value #>> '{}')::numeric = 0)
    ) as n

    union all

    select
        'scores' as subject,
        '{best_score,mean_score}'::text[] || t.names as names,
        array[
            l.scores[1],
            (select avg(s.score) from unnest(l.scores) as s (score))
        ]::real[] || t.numbers as numbers
    from serving.recommendation_lists as l
    cross join lateral (
        select
            array_agg(m.term_name order by m.place) as names,
            array_agg(m.mean_term order by m.place) as numbers
        from (
            select p.place, p.term_name, avg(v.term::double precision)::real as mean_term
            from serving.publication_terms as p
            inner join unnest(l.terms) with ordinality as v (term, position)
                on (v.position - 1) % (cardinality(l.terms) / cardinality(l.item_ids)) + 1 = p.place
            where p.publication_id = publication
            group by p.place, p.term_name
        ) as m
    ) as t
    where 'scores' = any (subjects)
        and l.publication_id = publication
        and l.list_kind = 'model'
        -- Some 4,000 users: lists are a thousand numbers each.
        and l.bucket < (
            select ceil(1024.0 * 4000 / greatest(count(*), 4000))
            from serving.recommendation_lists as c
            where c.publication_id = publication)

    union all

    select e.subject, '{norm}'::text[] as names, array[n.norm]::real[] as numbers
    from monitor.sampled_embeddings(space, 20000) as e
    cross join lateral (
        select sqrt(sum(c.component::double precision * c.component)) as norm
        from unnest(e.embedding) as c (component)
    ) as n
    where e.subject = any (subjects)
        and '{user_embeddings,item_embeddings}' && subjects;
end;

comment on function monitor.drift_numbers(date, bigint, bigint, text[]) is
    'Every number whose distribution is watched, by user or item, as of a date, of a publication and of a space; the subjects asked for.';
revoke all on function monitor.drift_numbers(date, bigint, bigint, text[]) from public;
grant execute on function monitor.drift_numbers(date, bigint, bigint, text[]) to vitrine_job, vitrine_analyst;
