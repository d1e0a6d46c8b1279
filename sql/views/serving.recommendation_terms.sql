-- What each score is the sum of, one row per term.
--
-- Grain   one row per publication, user, rank and term
-- Reads   serving.recommendation_lists, serving.publication_terms
-- Note    Name a user_id or a publication_id.
create or replace view serving.recommendation_terms as
select
    l.publication_id,
    l.user_id,
    r.rank::integer as rank,
    r.item_id,
    w.term_name as term,
    v.term::double precision as term_value,
    w.weight,
    w.weight * v.term::double precision as contribution
from serving.recommendation_lists as l
cross join lateral unnest(l.item_ids) with ordinality as r (item_id, rank)
cross join lateral unnest(l.terms[
    (r.rank - 1) * (cardinality(l.terms) / cardinality(l.item_ids)) + 1
    : r.rank * (cardinality(l.terms) / cardinality(l.item_ids))]) with ordinality as v (term, place)
inner join serving.publication_terms as w
    on w.publication_id = l.publication_id and w.place = v.place;

comment on view serving.recommendation_terms is 'What each score is the sum of, one row per recommendation and term. Name a user_id or a publication_id.';
comment on column serving.recommendation_terms.publication_id is 'The publication.';
comment on column serving.recommendation_terms.user_id is 'The user.';
comment on column serving.recommendation_terms.rank is 'Place in the list, from 1.';
comment on column serving.recommendation_terms.item_id is 'The item.';
comment on column serving.recommendation_terms.term is 'affinity, popularity, freshness, or a task of the ranker: then the term is the calibrated probability of that action, for watch_time the expected seconds.';
comment on column serving.recommendation_terms.term_value is 'The term.';
comment on column serving.recommendation_terms.weight is 'What it is multiplied with.';
comment on column serving.recommendation_terms.contribution is 'Weight times term. The sum over the terms is serving.recommendations.value.';
grant select on serving.recommendation_terms to vitrine_job, vitrine_analyst;
