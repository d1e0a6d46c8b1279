-- What each source proposed, one row per candidate.
--
-- Grain   one row per publication, user, source and place
-- Reads   serving.candidate_lists, serving.sources
create or replace view serving.candidates as
select
    l.publication_id,
    l.user_id,
    s.source_name as source,
    c.source_rank::integer as source_rank,
    c.item_id,
    c.score
from serving.candidate_lists as l
inner join serving.sources as s on s.source_id = l.source_id
cross join lateral unnest(l.item_ids, l.scores) with ordinality as c (item_id, score, source_rank);

comment on view serving.candidates is 'What each source proposed, one row per candidate. Name a user_id or a publication_id.';
comment on column serving.candidates.publication_id is 'The publication.';
comment on column serving.candidates.user_id is 'The user.';
comment on column serving.candidates.source is 'The source: serving.sources.';
comment on column serving.candidates.source_rank is 'Place among the proposals of the source, from 1.';
comment on column serving.candidates.item_id is 'The item.';
comment on column serving.candidates.score is 'Score by the source: an inner product for two_tower.';
grant select on serving.candidates to vitrine_job, vitrine_analyst;
