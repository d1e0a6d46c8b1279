-- The newest run of a job for a date that is done, if it is what is published now.
--
-- Grain   one row, or none
-- Reads   ops.runs, serving.publications, serving.pointer
-- Params  job_name, as_of_date, parameters, code_version
select r.run_id
from ops.runs as r
inner join serving.publications as p on p.run_id = r.run_id
inner join serving.pointer as c on c.publication_id = p.publication_id
where r.job_name = :'job_name'::text
    and r.as_of_date = :'as_of_date'::date
    and r.status = 'succeeded'
    and r.parameters = :'parameters'::jsonb
    and r.code_version = :'code_version'::text
order by r.run_id desc
limit 1;
