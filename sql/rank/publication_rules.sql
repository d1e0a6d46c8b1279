-- The rules of a publication.
--
-- Grain   one row per rule, by place
-- Reads   serving.publication_rules
-- Params  publication_id
select u.rule_name, u.rule_version, u.parameters
from serving.publication_rules as u
where u.publication_id = :'publication_id'::bigint
order by u.place;
