-- The newest run of a job for a date, if it did not reach its end.
--
-- Grain   one row, or none
-- Reads   ops.runs
-- Params  job_name, as_of_date, parameters, code_version
-- Note    Asked under the lock of the job: a run that still says running has died. A run that was
--         started with other parameters, or by another version, is not continued: its steps would
--         not fit together.
select r.run_id
from ops.runs as r
where r.job_name = :'job_name'::text
    and r.as_of_date = :'as_of_date'::date
    and r.status <> 'succeeded'
    and r.parameters = :'parameters'::jsonb
    and r.code_version = :'code_version'::text
    and r.run_id = (
        select max(n.run_id)
        from ops.runs as n
        where n.job_name = :'job_name'::text and n.as_of_date = :'as_of_date'::date);
