-- The present champion.
--
-- Grain   one row, or none when there is none yet
-- Reads   model.deployments
select d.model_id
from model.deployments as d
order by d.deployment_id desc
limit 1;
