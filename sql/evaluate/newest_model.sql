-- The newest evaluation model that runs of a job have trained under a protocol and whose bytes are kept.
--
-- Grain   one row, or none
-- Reads   model.models, model.artefacts, ops.runs
-- Params  job_name, code_version
--         parameters      of the run, as it would be started now
--         as_of_date      of the run; infinity for any
-- Note    Only what the model depends on must be the same: how it is measured may differ. A run of
--         `vitrine evaluate` says its protocol under a key of its own.
select m.model_id, r.as_of_date
from model.models as m
inner join ops.runs as r on r.run_id = m.run_id
where m.kind = 'two_tower'
    and m.purpose = 'evaluation'
    and exists (select from model.artefacts as a where a.model_id = m.model_id)
    and r.job_name = :'job_name'::text
    and r.code_version = :'code_version'::text
    and (:'as_of_date'::date = 'infinity' or r.as_of_date = :'as_of_date'::date)
    and (r.parameters #- '{steps,evaluate}') - 'evaluate'
        = (:'parameters'::jsonb #- '{steps,evaluate}') - 'evaluate'
    and coalesce(
            r.parameters #>> '{evaluate,protocol}', r.parameters #>> '{settings,protocol}',
            'time_split')
        = :'parameters'::jsonb #>> '{evaluate,protocol}'
order by m.model_id desc
limit 1;
