-- Size of each schema, as last measured.
--
-- Title     Storage
-- Question  What takes up room?
-- Chart     bars
-- Unit      MB
-- Grain     one row per schema
-- Reads     monitor.run_measures
-- Output    label, value, note, state
select
    m.subject as label,
    m.value / 1048576 as value,
    '' as note,
    'plain' as state
from monitor.run_measures as m
where m.measure_name = 'schema_size'
    and m.run_id = (select max(n.run_id) from monitor.run_measures as n where n.measure_name = 'schema_size')
order by m.value desc, m.subject;
