-- The newest decisions about models.
--
-- Title     Champion and challengers
-- Question  Which models were compared, and what was decided?
-- Chart     table
-- Columns   date | challenger | champion | measure | difference | 95 % interval | outcome
-- Grain     one row per decision
-- Reads     monitor.model_comparisons
-- Output    cells
select array[
    to_char(c.decided_at at time zone 'UTC', 'YYYY-MM-DD'),
    c.challenger_model_id::text,
    c.champion_model_id::text,
    c.metric_name || '@' || c.cutoff,
    to_char(c.difference, 'SG0.0000'),
    to_char(c.lower_bound, 'SG0.0000') || ' to ' || to_char(c.upper_bound, 'SG0.0000'),
    c.outcome
] as cells
from monitor.model_comparisons as c
where c.cohort = 'all' and c.decided_at is not null
order by c.decided_at desc, c.challenger_model_id desc
limit 10;
