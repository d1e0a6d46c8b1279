-- Recall of the funnel for each cohort of users, as last measured.
--
-- Title     Recall by cohort
-- Question  Who is served well, and who is not?
-- Chart     bars
-- Grain     one row per cohort
-- Reads     monitor.model_quality
-- Output    label, value, note, state
select
    q.cohort as label,
    q.value,
    to_char(q.user_count, 'FM999,999,999,990') || ' users' as note,
    'plain' as state
from monitor.model_quality as q
where q.kind = 'funnel'
    and q.metric_name = 'recall'
    and q.run_id = (select max(n.run_id) from monitor.model_quality as n where n.kind = 'funnel')
order by (q.cohort = 'all') desc, q.value desc, q.cohort;
