-- The statements on which the database spends most time, where pg_stat_statements is installed.
--
-- Grain   one row per statement and measure; none without the extension
-- Reads   monitor.slow_statements
-- Writes  monitor.measures
-- Params  run_id
-- Note    The subject is the identifier under which pg_stat_statements has the text.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select :'run_id'::bigint, 'system', m.measure_name, s.statement_key, m.value, m.unit
from monitor.slow_statements(10) as s
cross join lateral (values
    ('statement_total_time', s.total_seconds, 'seconds'),
    ('statement_mean_time', s.mean_seconds, 'seconds')
) as m (measure_name, value, unit);
