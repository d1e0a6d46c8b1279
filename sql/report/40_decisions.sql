-- The newest decisions about models.
--
-- Title     Champion and challengers
-- Question  Which models were compared, and what was decided?
-- Chart     table
-- Columns   date | outcome | challenger | champion | measure | difference | 95 % interval | why
-- Grain     one row per decision
-- Reads     monitor.model_comparisons
-- Output    cells, state
-- Note      Of the measures that were compared one is shown, nDCG where it was; vitrine compare shows all.
select
    array[
        to_char(d.decided_at at time zone 'UTC', 'YYYY-MM-DD'),
        d.outcome,
        d.challenger_model_id::text,
        d.champion_model_id::text,
        d.metric_name || '@' || d.cutoff,
        to_char(d.difference, 'SG0.0000'),
        to_char(d.lower_bound, 'FM0.0000') || ' to ' || to_char(d.upper_bound, 'FM0.0000'),
        d.reason
    ] as cells,
    'plain' as state
from (
    select distinct on (c.run_id) c.*
    from monitor.model_comparisons as c
    where c.cohort = 'all' and c.decided_at is not null
    order by c.run_id, (c.metric_name = 'ndcg') desc, c.metric_name, c.cutoff desc
) as d
order by d.decided_at desc, d.run_id desc
limit 15;
