-- Who was champion, newest first.
--
-- Grain   one row per deployment
-- Reads   monitor.champions
-- Params  row_limit
select c.model_id, c.champion_from, c.champion_until, c.kind, c.deployed_by, c.reason
from monitor.champions as c
order by c.deployment_id desc
limit :'row_limit'::integer;
