-- What can be switched on or off in the funnel.
--
-- Grain   one row per source and rule
-- Reads   serving.sources, serving.rules
select 'source' as kind, s.source_name as name, s.is_enabled, s.priority as place
from serving.sources as s
where s.priority is not null
union all
select 'rule', r.rule_name, r.is_enabled, 100
from (
    select distinct on (v.rule_name) v.rule_name, v.is_enabled
    from serving.rules as v
    order by v.rule_name, v.rule_version desc
) as r
order by kind desc, place, name;
