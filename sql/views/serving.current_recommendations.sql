-- What is recommended now, with what is known of each item.
--
-- Grain   one row per user and rank
-- Reads   serving.pointer, serving.recommendations, source.item_versions
create or replace view serving.current_recommendations as
select
    r.user_id,
    r.rank,
    r.item_id,
    r.score,
    r.value,
    r.multiplier,
    r.affinity,
    r.popularity,
    r.freshness,
    r.source,
    r.list_kind,
    r.is_exploration,
    r.propensity,
    r.because_item_id,
    i.creator_id,
    i.kind,
    i.tags,
    r.publication_id,
    r.model_id,
    r.as_of_date,
    r.published_at
from serving.recommendations as r
left join lateral (
    select v.creator_id, v.kind, v.tags
    from source.item_versions as v
    where v.item_id = r.item_id
    order by v.known_at desc
    limit 1
) as i on true
where r.publication_id = (select p.publication_id from serving.pointer as p);

comment on view serving.current_recommendations is 'What is recommended now, one row per user and rank.';
comment on column serving.current_recommendations.user_id is 'The user.';
comment on column serving.current_recommendations.rank is 'Place in the list, from 1.';
comment on column serving.current_recommendations.item_id is 'The item.';
comment on column serving.current_recommendations.score is 'value times multiplier. It need not fall with rank: rules may put an item higher or lower.';
comment on column serving.current_recommendations.value is 'Sum over the terms of weight times term.';
comment on column serving.current_recommendations.multiplier is 'Product of what each rule multiplies with.';
comment on column serving.current_recommendations.affinity is 'What the model gives the item relative to the best candidate of the user: exp(score - best score), in (0, 1].';
comment on column serving.current_recommendations.popularity is 'Positive events of the item in the last days relative to the most popular item, in [0, 1].';
comment on column serving.current_recommendations.freshness is 'Halved with every week since the item was published, in [0, 1].';
comment on column serving.current_recommendations.source is 'Where the item came from: serving.sources.';
comment on column serving.current_recommendations.list_kind is 'model: ranked for this publication; kept: the list of an earlier one; fallback: what is popular in the cohort of the user.';
comment on column serving.current_recommendations.is_exploration is 'Whether the place was given to exploration.';
comment on column serving.current_recommendations.propensity is 'Probability with which the item was to stand at its place, given those before it: 1 where nothing was left to chance.';
comment on column serving.current_recommendations.because_item_id is 'Item that the user liked and that is most like it, where there is one.';
comment on column serving.current_recommendations.creator_id is 'Who made the item.';
comment on column serving.current_recommendations.kind is 'post, video or reel.';
comment on column serving.current_recommendations.tags is 'Tags of the item.';
comment on column serving.current_recommendations.publication_id is 'The publication.';
comment on column serving.current_recommendations.model_id is 'The model behind it.';
comment on column serving.current_recommendations.as_of_date is 'Only what was known before 00:00 UTC of this date was used.';
comment on column serving.current_recommendations.published_at is 'When it became current.';
grant select on serving.current_recommendations to vitrine_job, vitrine_analyst;
