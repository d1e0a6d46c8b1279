-- Every recommendation ever published and still kept, one row each.
--
-- Grain   one row per publication, user and rank
-- Reads   serving.recommendation_lists, serving.publication_terms, serving.publications, serving.sources
-- Note    Name a user_id or a publication_id: then the lists are found by key or by partition. The terms
--         and multipliers of a score: serving.recommendation_terms, serving.recommendation_multipliers.
create or replace view serving.recommendations as
select
    l.publication_id,
    l.user_id,
    r.rank::integer as rank,
    r.item_id,
    r.score,
    t.value,
    m.multiplier,
    t.affinity,
    t.popularity,
    t.freshness,
    s.source_name as source,
    l.list_kind,
    r.slot_kind = 1 as is_exploration,
    r.propensity,
    r.because_item_id,
    p.model_id,
    p.weights_version,
    p.as_of_date,
    p.published_at
from serving.recommendation_lists as l
inner join serving.publications as p
    on p.publication_id = l.publication_id and p.published_at is not null
cross join lateral unnest(
    l.item_ids, l.scores, l.source_ids, l.slot_kinds, l.propensities, l.because_item_ids)
    with ordinality as r (item_id, score, source_id, slot_kind, propensity, because_item_id, rank)
inner join serving.sources as s on s.source_id = r.source_id
cross join lateral (
    select
        coalesce(sum(w.weight * v.term::double precision order by w.place), 0) as value,
        coalesce(max(v.term) filter (where w.term_name = 'affinity'), 0)::double precision as affinity,
        coalesce(max(v.term) filter (where w.term_name = 'popularity'), 0)::double precision as popularity,
        coalesce(max(v.term) filter (where w.term_name = 'freshness'), 0)::double precision as freshness
    from unnest(l.terms[
        (r.rank - 1) * (cardinality(l.terms) / cardinality(l.item_ids)) + 1
        : r.rank * (cardinality(l.terms) / cardinality(l.item_ids))]) with ordinality as v (term, place)
    inner join serving.publication_terms as w
        on w.publication_id = l.publication_id and w.place = v.place
) as t
cross join lateral (
    select ops.product(v.multiplier::double precision order by v.place) as multiplier
    from unnest(l.multipliers[
        (r.rank - 1) * (cardinality(l.multipliers) / cardinality(l.item_ids)) + 1
        : r.rank * (cardinality(l.multipliers) / cardinality(l.item_ids))])
        with ordinality as v (multiplier, place)
) as m;

comment on view serving.recommendations is 'Every recommendation published and still kept, one row each. Name a user_id or a publication_id.';
comment on column serving.recommendations.publication_id is 'The publication.';
comment on column serving.recommendations.user_id is 'The user.';
comment on column serving.recommendations.rank is 'Place in the list, from 1.';
comment on column serving.recommendations.item_id is 'The item.';
comment on column serving.recommendations.score is 'value times multiplier. It need not fall with rank: rules may put an item higher or lower.';
comment on column serving.recommendations.value is 'Sum over the terms of weight times term: serving.recommendation_terms.';
comment on column serving.recommendations.multiplier is 'Product of what each rule multiplies with: serving.recommendation_multipliers.';
comment on column serving.recommendations.affinity is 'What the model gives the item relative to the best candidate of the user: exp(score - best score), in (0, 1].';
comment on column serving.recommendations.popularity is 'Positive events of the item in the last days relative to the most popular item, in [0, 1].';
comment on column serving.recommendations.freshness is 'Halved with every week since the item was published, in [0, 1]; 0 where that is not known.';
comment on column serving.recommendations.source is 'Where the item came from: serving.sources.';
comment on column serving.recommendations.list_kind is 'model: ranked for this publication; kept: the list of an earlier one; fallback: what is popular in the cohort of the user.';
comment on column serving.recommendations.is_exploration is 'Whether the place was given to exploration.';
comment on column serving.recommendations.propensity is 'Probability with which the item was to stand at its place, given those before it: 1 where nothing was left to chance.';
comment on column serving.recommendations.because_item_id is 'Item that the user liked and that is most like it, where there is one.';
comment on column serving.recommendations.model_id is 'The model behind the publication.';
comment on column serving.recommendations.weights_version is 'The weights behind the score.';
comment on column serving.recommendations.as_of_date is 'Only what was known before 00:00 UTC of this date was used.';
comment on column serving.recommendations.published_at is 'When the publication became current.';
grant select on serving.recommendations to vitrine_job, vitrine_analyst;
