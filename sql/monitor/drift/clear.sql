-- Removes what an earlier attempt of this run at the step left, and samples of embeddings of models behind no
-- publication that is kept.
--
-- Reads   serving.publications
-- Writes  monitor.drift, monitor.drift_observations, monitor.reference_embeddings
-- Params  run_id
delete from monitor.drift where run_id = :'run_id'::bigint;
delete from monitor.drift_observations where run_id = :'run_id'::bigint;

delete from monitor.reference_embeddings as r
where not exists (
    select from serving.publications as p
    where p.model_id = r.space_id and p.status <> 'dropped');
