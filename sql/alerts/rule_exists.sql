-- Whether there is a rule of a name.
--
-- Grain   one row
-- Reads   monitor.alert_rules
-- Params  rule_name
select exists (select from monitor.alert_rules as r where r.rule_name = :'rule_name'::text) as is_there;
