-- Every recommendation ever published and still kept, one row each.
--
-- Grain   one row per publication, user and rank
-- Reads   serving.recommendation_lists, serving.publications, serving.sources
-- Note    Name a user_id or a publication_id: then the lists are found by key or by partition.
create or replace view serving.recommendations as
select
    l.publication_id,
    l.user_id,
    r.rank::integer as rank,
    r.item_id,
    r.score,
    r.affinity,
    r.popularity,
    r.freshness,
    s.source_name as source,
    p.model_id,
    p.weights_version,
    p.as_of_date,
    p.published_at
from serving.recommendation_lists as l
inner join serving.publications as p
    on p.publication_id = l.publication_id and p.published_at is not null
cross join lateral unnest(
    l.item_ids, l.scores, l.affinities, l.popularities, l.freshnesses, l.source_ids)
    with ordinality as r (item_id, score, affinity, popularity, freshness, source_id, rank)
inner join serving.sources as s on s.source_id = r.source_id;

comment on view serving.recommendations is 'Every recommendation published and still kept, one row each. Name a user_id or a publication_id.';
comment on column serving.recommendations.publication_id is 'The publication.';
comment on column serving.recommendations.user_id is 'The user.';
comment on column serving.recommendations.rank is 'Place in the list, from 1.';
comment on column serving.recommendations.item_id is 'The item.';
comment on column serving.recommendations.score is 'Sum over the terms of weight times term; the weights are in serving.weights.';
comment on column serving.recommendations.affinity is 'What the model gives the item relative to the best candidate of the user: exp(score - best score), in (0, 1].';
comment on column serving.recommendations.popularity is 'Positive events of the item in the last days relative to the most popular item, in [0, 1].';
comment on column serving.recommendations.freshness is 'Halved with every week since the item was published, in [0, 1]; 0 where that is not known.';
comment on column serving.recommendations.source is 'Where the item came from: serving.sources.';
comment on column serving.recommendations.model_id is 'The model behind the publication.';
comment on column serving.recommendations.weights_version is 'The weights behind the score.';
comment on column serving.recommendations.as_of_date is 'Only what was known before 00:00 UTC of this date was used.';
comment on column serving.recommendations.published_at is 'When the publication became current.';
grant select on serving.recommendations to vitrine_job, vitrine_analyst;
