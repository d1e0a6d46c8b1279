-- Checks of the data in the newest run of each job.
--
-- Title     Checks of the data
-- Question  What did the newest runs find wrong with what they read?
-- Chart     table
-- Columns   outcome | check | violations | job | as of | owner | what to do
-- Empty     Nothing, where the newest runs checked.
-- Grain     one row per check that found something
-- Reads     monitor.checks
-- Output    cells, state
select array[
    c.outcome,
    replace(c.check_name, '_', ' '),
    to_char(c.violation_count, 'FM999,999,999,990'),
    c.job_name,
    c.as_of_date::text,
    c.owner,
    c.action
] as cells, case c.outcome when 'failed' then 'bad' else 'warn' end as state
from monitor.checks as c
inner join (
    select n.job_name, max(n.run_id) as run_id
    from monitor.checks as n
    group by n.job_name
) as newest on newest.run_id = c.run_id
where c.outcome <> 'passed'
order by (c.outcome = 'failed') desc, c.job_name, c.check_name;
