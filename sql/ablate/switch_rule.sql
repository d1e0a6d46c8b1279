-- Switches a rule on or off: a new version, as its parameters are.
--
-- Reads   serving.rules
-- Writes  serving.rules
-- Params  name, is_enabled
insert into serving.rules (rule_name, rule_version, is_enabled, parameters, reason)
select r.rule_name, r.rule_version + 1, :'is_enabled'::boolean, r.parameters, 'ablation'
from serving.rules as r
where r.rule_name = :'name'::text
order by r.rule_version desc
limit 1;
