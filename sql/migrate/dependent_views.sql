-- Views that read a view, directly or through others.
--
-- Grain   one row per view, as schema.name
-- Params  view_name   schema and name, quoted
with recursive dependents as (
    select w.ev_class as view_id
    from pg_catalog.pg_depend as d
    inner join pg_catalog.pg_rewrite as w on w.oid = d.objid and d.classid = 'pg_rewrite'::regclass
    where d.refobjid = :'view_name'::text::regclass and w.ev_class <> d.refobjid

    union

    select w.ev_class
    from dependents as v
    inner join pg_catalog.pg_depend as d on d.refobjid = v.view_id and d.classid = 'pg_rewrite'::regclass
    inner join pg_catalog.pg_rewrite as w on w.oid = d.objid
    where w.ev_class <> d.refobjid
)

select n.nspname || '.' || c.relname as view_name
from dependents as v
inner join pg_catalog.pg_class as c on c.oid = v.view_id
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
order by view_name;
