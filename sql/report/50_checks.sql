-- Checks of the data in the newest run of each job.
--
-- Title     Checks of the data
-- Question  What did the newest runs find wrong with what they read?
-- Chart     table
-- Columns   job | as of | check | outcome | violations | owner | what to do
-- Grain     one row per check that found something
-- Reads     monitor.checks
-- Output    cells
select array[
    c.job_name,
    c.as_of_date::text,
    replace(c.check_name, '_', ' '),
    c.outcome,
    to_char(c.violation_count, 'FM999,999,999,990'),
    c.owner,
    c.action
] as cells
from monitor.checks as c
inner join (
    select n.job_name, max(n.run_id) as run_id
    from monitor.checks as n
    group by n.job_name
) as newest on newest.run_id = c.run_id
where c.outcome <> 'passed'
order by (c.outcome = 'failed') desc, c.job_name, c.check_name
limit 50;
