-- What the index of the run finds again, and how it ages.
--
-- Grain   one row per measure; none where the job has no step index
-- Reads   monitor.indexes
-- Writes  monitor.measures
-- Params  run_id
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select :'run_id'::bigint, 'model', m.measure_name, 'index', m.value, m.unit
from monitor.indexes as i
cross join lateral (values
    ('index_recall_mean', i.recall_mean, 'ratio'),
    ('index_recall_fifth_percentile', i.recall_fifth_percentile, 'ratio'),
    ('index_recall_minimum', i.recall_minimum, 'ratio'),
    ('index_probes', i.probes::double precision, 'lists'),
    ('index_moved_share', i.moved_share, 'ratio'),
    ('index_imbalance', i.imbalance, 'ratio'),
    ('index_error_growth', i.error_growth, 'ratio'),
    ('index_item_growth', i.item_growth, 'ratio')
) as m (measure_name, value, unit)
where i.run_id = :'run_id'::bigint and i.status = 'ready' and m.value is not null;
