-- Size of each layer.
--
-- Grain   one row per schema
-- Reads   the system catalogue
-- Writes  monitor.measures
-- Params  run_id
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select :'run_id'::bigint, 'system', 'schema_size', n.nspname,
    sum(pg_total_relation_size(c.oid))::double precision, 'bytes'
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('source', 'feature', 'model', 'ann', 'serving', 'monitor', 'ops')
    and c.relkind in ('r', 'm')
group by n.nspname;
