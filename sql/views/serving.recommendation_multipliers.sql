-- What each score is multiplied with, one row per rule.
--
-- Grain   one row per publication, user, rank and rule
-- Reads   serving.recommendation_lists, serving.publication_rules
-- Note    Name a user_id or a publication_id.
create or replace view serving.recommendation_multipliers as
select
    l.publication_id,
    l.user_id,
    r.rank::integer as rank,
    r.item_id,
    u.rule_name as rule,
    u.rule_version,
    v.multiplier::double precision as multiplier
from serving.recommendation_lists as l
cross join lateral unnest(l.item_ids) with ordinality as r (item_id, rank)
cross join lateral unnest(l.multipliers[
    (r.rank - 1) * (cardinality(l.multipliers) / cardinality(l.item_ids)) + 1
    : r.rank * (cardinality(l.multipliers) / cardinality(l.item_ids))])
    with ordinality as v (multiplier, place)
inner join serving.publication_rules as u
    on u.publication_id = l.publication_id and u.place = v.place;

comment on view serving.recommendation_multipliers is 'What each score is multiplied with, one row per recommendation and rule. Name a user_id or a publication_id.';
comment on column serving.recommendation_multipliers.publication_id is 'The publication.';
comment on column serving.recommendation_multipliers.user_id is 'The user.';
comment on column serving.recommendation_multipliers.rank is 'Place in the list, from 1.';
comment on column serving.recommendation_multipliers.item_id is 'The item.';
comment on column serving.recommendation_multipliers.rule is 'The rule: serving.rules.';
comment on column serving.recommendation_multipliers.rule_version is 'Its version, with its settings in serving.publication_rules.';
comment on column serving.recommendation_multipliers.multiplier is 'What the rule multiplies the value with; 1 where it says nothing.';
grant select on serving.recommendation_multipliers to vitrine_job, vitrine_analyst;
