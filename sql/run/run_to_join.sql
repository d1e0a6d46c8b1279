-- The newest run of a job for a date, where it was started with these parameters by this version.
--
-- Grain   one row, or none
-- Reads   ops.runs
-- Params  job_name, as_of_date, parameters, code_version
-- Note    Shards join a run and never open one: processes that start at once would open several.
select r.run_id, r.status
from ops.runs as r
where r.job_name = :'job_name'::text
    and r.as_of_date = :'as_of_date'::date
    and r.parameters = :'parameters'::jsonb
    and r.code_version = :'code_version'::text
    and r.run_id = (
        select max(n.run_id)
        from ops.runs as n
        where n.job_name = :'job_name'::text and n.as_of_date = :'as_of_date'::date);
