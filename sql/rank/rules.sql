-- The rules that are applied: of each the newest version, where that is enabled.
--
-- Grain   one row per rule, by name
-- Reads   serving.rules
select r.rule_name, r.rule_version, r.parameters
from serving.rules as r
where r.is_enabled
    and not exists (
        select from serving.rules as n
        where n.rule_name = r.rule_name and n.rule_version > r.rule_version)
order by r.rule_name;
