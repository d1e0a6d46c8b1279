-- What the index of the run finds again, and how it ages.
--
-- Grain   one row per measure; none where the job has no step index
-- Reads   monitor.indexes, ann.recall, ann.indexes
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
    ('index_quantisation_error', i.quantisation_error, 'squared distance'),
    ('index_error_growth', i.error_growth, 'ratio'),
    ('index_item_growth', i.item_growth, 'ratio')
) as m (measure_name, value, unit)
where i.run_id = :'run_id'::bigint and i.status = 'ready' and m.value is not null;

-- What the lists find again in which the run searched for similar items; none where it searched exactly.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select :'run_id'::bigint, 'model', m.measure_name, 'index', m.value, m.unit
from (
    select r.*
    from ann.recall as r
    inner join ann.indexes as i on i.index_id = r.index_id
    where i.run_id = :'run_id'::bigint and r.searched_for = 'similar_items'
    -- The curve ends at the probes that are read.
    order by r.probes desc, r.cutoff desc
    limit 1
) as r
cross join lateral (values
    ('similar_items_recall_mean', r.mean, 'ratio'),
    ('similar_items_recall_fifth_percentile', r.fifth_percentile, 'ratio'),
    ('similar_items_recall_minimum', r.minimum, 'ratio'),
    ('similar_items_probes', r.probes::double precision, 'lists')
) as m (measure_name, value, unit);
