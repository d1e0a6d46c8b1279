-- The funnel beside the other methods, user by user, as last measured.
--
-- Title     The funnel beside other methods
-- Question  Is it better than each of them beyond chance?
-- Chart     table
-- Columns   beside | measure | difference (95 % interval)
-- Grain     one row per other method and measure
-- Reads     monitor.method_comparisons
-- Output    cells, state
select array[
    c.other_kind,
    c.metric_name || '@' || c.cutoff,
    to_char(c.difference, 'SG0.0000') || ' ('
    || to_char(c.lower_bound, 'FM0.0000') || ' to ' || to_char(c.upper_bound, 'FM0.0000') || ')'
] as cells, case when c.upper_bound < 0 then 'bad' else 'plain' end as state
from monitor.method_comparisons as c
where c.cohort = 'all'
    and c.kind = 'funnel'
    and c.run_id = (select max(n.run_id) from monitor.method_comparisons as n)
order by c.metric_name desc, c.difference;
