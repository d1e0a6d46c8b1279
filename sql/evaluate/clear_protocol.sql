-- Removes the measures of a model under a protocol, which are about to be stored anew.
--
-- Writes  model.metrics, model.reliability
-- Params  model_id, protocol
delete from model.metrics
where model_id = :'model_id'::bigint and protocol = :'protocol'::text;

delete from model.reliability
where model_id = :'model_id'::bigint and protocol = :'protocol'::text;
