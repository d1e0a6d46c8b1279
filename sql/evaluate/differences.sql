-- What a run found when it compared methods over all users, user by user.
--
-- Grain   one row per measure and other method
-- Reads   monitor.method_comparisons
-- Params  run_id, protocol
select
    c.kind,
    c.other_kind,
    c.metric_name,
    c.cutoff,
    c.difference,
    c.lower_bound,
    c.upper_bound
from monitor.method_comparisons as c
where c.run_id = :'run_id'::bigint
    and c.protocol = :'protocol'::text
    and c.cohort = 'all'
order by c.other_kind = 'two_tower' desc, c.other_kind, c.metric_name desc;
