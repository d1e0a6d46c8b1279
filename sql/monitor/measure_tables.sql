-- Size of each layer and of each table and its indexes, dead rows, and how often pages were in memory.
--
-- Grain   one row per schema or table and measure, and one for the database
-- Reads   the system catalogue
-- Writes  monitor.measures
-- Params  run_id
-- Note    Partitions count for their table. Dead rows are the share of what autovacuum has yet to clear,
--         where there are a thousand rows at least. The share of pages found in memory is that since the
--         server's statistics were last reset.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

relations as (
    select
        n.nspname,
        coalesce(h.inhparent, c.oid) as table_id,
        pg_table_size(c.oid)::double precision as table_bytes,
        pg_indexes_size(c.oid)::double precision as index_bytes,
        coalesce(t.n_live_tup, 0)::double precision as live_rows,
        coalesce(t.n_dead_tup, 0)::double precision as dead_rows
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    left join pg_catalog.pg_inherits as h on h.inhrelid = c.oid
    left join pg_catalog.pg_stat_all_tables as t on t.relid = c.oid
    where n.nspname in (
            'source', 'feature', 'model', 'ann', 'serving', 'monitor', 'experiment', 'ops')
        and c.relkind in ('r', 'm')
),

tables as (
    select
        r.nspname,
        r.nspname || '.' || c.relname as table_name,
        sum(r.table_bytes) as table_bytes,
        sum(r.index_bytes) as index_bytes,
        sum(r.live_rows) as live_rows,
        sum(r.dead_rows) as dead_rows
    from relations as r
    inner join pg_catalog.pg_class as c on c.oid = r.table_id
    group by r.nspname, c.relname
)

select
    :'run_id'::bigint, 'system', 'schema_size', t.nspname, sum(t.table_bytes + t.index_bytes), 'bytes'
from tables as t
group by t.nspname

union all

select :'run_id'::bigint, 'system', m.measure_name, t.table_name, m.value, m.unit
from tables as t
cross join lateral (values
    ('table_size', t.table_bytes, 'bytes'),
    ('index_size', t.index_bytes, 'bytes'),
    ('dead_row_share',
        case when t.live_rows + t.dead_rows >= 1000 then t.dead_rows / (t.live_rows + t.dead_rows) end,
        'ratio')
) as m (measure_name, value, unit)
where m.value is not null

union all

select
    :'run_id'::bigint, 'system', 'cache_hit_share', 'database',
    d.blks_hit::double precision / (d.blks_hit + d.blks_read), 'ratio'
from pg_catalog.pg_stat_database as d
where d.datname = pg_catalog.current_database() and d.blks_hit + d.blks_read > 0;
