-- The newest ranker that a run of a job has trained to be measured, and whose bytes are kept.
--
-- Grain   one row, or none
-- Reads   model.models, model.artefacts, ops.runs
-- Params  job_name
-- Output  as_of_date   of the run
select m.model_id, r.run_id, r.as_of_date
from model.models as m
inner join ops.runs as r on r.run_id = m.run_id
where m.kind = 'ranker'
    and m.purpose = 'evaluation'
    and r.job_name = :'job_name'::text
    and exists (select from model.artefacts as a where a.model_id = m.model_id)
    and exists (select from model.artefacts as a where a.model_id = m.base_model_id)
order by m.model_id desc
limit 1;
