-- The serving model of a job that is in use, else the newest that its runs have trained, of those
-- whose bytes are kept.
--
-- Grain   one row, or none
-- Reads   model.models, model.artefacts, model.deployments, ops.runs
-- Params  job_name
--         as_of_date      of the model; infinity for any
select m.model_id, m.as_of_date
from model.models as m
inner join ops.runs as r on r.run_id = m.run_id
left join (
    select d.model_id, max(d.deployment_id) as deployment_id
    from model.deployments as d
    group by d.model_id
) as d on d.model_id = m.model_id
where m.kind = 'two_tower'
    and m.purpose = 'serving'
    and exists (select from model.artefacts as a where a.model_id = m.model_id)
    and r.job_name = :'job_name'::text
    and (:'as_of_date'::date = 'infinity' or m.as_of_date = :'as_of_date'::date)
order by d.deployment_id desc nulls last, m.model_id desc
limit 1;
