-- What each source proposed to a user, what of it was published, and at which stages the rest ended.
--
-- Grain   one row per source that was asked, by priority
-- Reads   serving.publication_sources, serving.sources, serving.candidate_fates, serving.fates
-- Params  publication_id, user_id
with

ended as (
    select c.source_id, f.stage_place, f.stage, count(*) as ended_count
    from serving.candidate_fates as c
    cross join lateral unnest(c.fate_ids) as e (fate_id)
    inner join serving.fates as f on f.fate_id = e.fate_id
    where c.user_id = :'user_id'::bigint and c.publication_id = :'publication_id'::bigint
    group by c.source_id, f.stage_place, f.stage
)

select
    s.source_name,
    coalesce(sum(e.ended_count), 0)::bigint as proposed_count,
    coalesce(sum(e.ended_count) filter (where e.stage = 'published'), 0)::bigint as published_count,
    string_agg(format('%s %s', e.stage, e.ended_count), ', ' order by e.stage_place)
        filter (where e.stage <> 'published') as dropped
from serving.publication_sources as p
inner join serving.sources as s on s.source_id = p.source_id
left join ended as e on e.source_id = p.source_id
where p.publication_id = :'publication_id'::bigint
group by s.source_name, p.priority
order by p.priority;
