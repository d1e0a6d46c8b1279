-- Records the rules of a publication.
--
-- Reads   serving.rules
-- Writes  serving.publication_rules
-- Params  publication_id
--         rule_names, rule_versions   those with multipliers first, in the order in which lists have them
--         multiplier_count            how many those are
insert into serving.publication_rules
    (publication_id, place, rule_name, rule_version, parameters, has_multiplier)
select
    :'publication_id'::bigint,
    n.place,
    r.rule_name,
    r.rule_version,
    r.parameters,
    n.place <= :'multiplier_count'::integer
from unnest(:'rule_names'::text[], :'rule_versions'::integer[])
    with ordinality as n (rule_name, rule_version, place)
inner join serving.rules as r on r.rule_name = n.rule_name and r.rule_version = n.rule_version;
