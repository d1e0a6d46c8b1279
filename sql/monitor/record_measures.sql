-- Records measures that were taken outside SQL.
--
-- Grain   one row per element of the arrays
-- Writes  monitor.measures
-- Params  run_id, level, subject
--         measure_names, measured_values, units   arrays of one length
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select
    :'run_id'::bigint, :'level'::text, m.measure_name, :'subject'::text, m.measured_value, m.unit
from unnest(:'measure_names'::text[], :'measured_values'::double precision[], :'units'::text[])
    as m (measure_name, measured_value, unit);
