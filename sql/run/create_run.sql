-- Opens a run.
--
-- Grain   one row: its identifier
-- Writes  ops.runs
-- Params  job_name, as_of_date, parameters, code_version, host_name, process_id
insert into ops.runs (job_name, as_of_date, parameters, code_version, host_name, process_id)
values (
    :'job_name'::text,
    :'as_of_date'::date,
    :'parameters'::jsonb,
    :'code_version'::text,
    :'host_name'::text,
    :'process_id'::integer)
returning run_id;
