-- How many candidates of each source came to each stage, went on, and were dropped for which reason.
--
-- Grain   one row per publication, source, stage and reason
-- Reads   monitor.funnel_history, serving.publications, serving.funnel_counts, serving.fates,
--         serving.sources
-- Note    At every stage in = kept + the sum of dropped over its reasons; what is kept comes in at the next
--         stage. At the stage published everything is kept, and reason says at what kind of place.
--         Publications that the step monitor has stored are read as stored; of the others it is counted.
create or replace view monitor.funnel as
with

counts as (
    select p.publication_id, t.source_id, t.stage_place, t.stage, t.reason, t.ended_count
    from serving.publications as p
    -- Publication by publication: what is stored already is not even looked at.
    cross join lateral (
        select c.source_id, f.stage_place, f.stage, f.reason,
            sum(c.candidate_count)::bigint as ended_count
        from serving.funnel_counts as c
        inner join serving.fates as f on f.fate_id = c.fate_id
        where c.publication_id = p.publication_id
        group by c.source_id, f.stage_place, f.stage, f.reason
    ) as t
    where not exists (
        select from monitor.funnel_history as h where h.publication_id = p.publication_id)
),

stages as (
    select distinct f.stage_place, f.stage
    from serving.fates as f
),

flows as (
    select
        t.publication_id,
        t.source_id,
        s.stage_place,
        s.stage,
        sum(t.ended_count) filter (where t.stage_place >= s.stage_place) as in_count,
        sum(t.ended_count) filter (
            where t.stage_place > s.stage_place or (s.stage = 'published' and t.stage = 'published'))
            as kept_count
    from counts as t
    cross join stages as s
    group by t.publication_id, t.source_id, s.stage_place, s.stage
)

select
    h.publication_id,
    h.source,
    h.stage_place,
    h.stage,
    h.in_count,
    h.kept_count,
    nullif(h.reason, '') as reason,
    h.reason_count
from monitor.funnel_history as h

union all

select
    w.publication_id,
    o.source_name as source,
    w.stage_place,
    w.stage,
    coalesce(w.in_count, 0)::bigint as in_count,
    coalesce(w.kept_count, 0)::bigint as kept_count,
    c.reason,
    coalesce(c.ended_count, 0) as reason_count
from flows as w
inner join serving.sources as o on o.source_id = w.source_id
left join counts as c
    on c.publication_id = w.publication_id and c.source_id = w.source_id and c.stage_place = w.stage_place;

comment on view monitor.funnel is 'How many candidates of each source came to each stage, went on, and were dropped for which reason.';
comment on column monitor.funnel.publication_id is 'The publication.';
comment on column monitor.funnel.source is 'The source: serving.sources.';
comment on column monitor.funnel.stage_place is 'Place of the stage: 0 before the first.';
comment on column monitor.funnel.stage is 'rank (users to whom the step did not come), merge, filter, first_stage, rerank, published.';
comment on column monitor.funnel.in_count is 'Candidates that came to the stage.';
comment on column monitor.funnel.kept_count is 'Those that went on to the next.';
comment on column monitor.funnel.reason is 'Why some ended here; null where none did.';
comment on column monitor.funnel.reason_count is 'How many did for this reason. At published: how many were, at this kind of place.';
grant select on monitor.funnel to vitrine_job, vitrine_analyst, vitrine_dashboard;
