-- Every column of every table and view of the engine, as the data dictionary tells of it.
--
-- Grain   one row per column, by relation and place in it; partitions are left out
-- Reads   ops.data_owners, ops.column_traits, monitor.reports, the system catalogue
-- Note    What stands in one row with a user_id is about that person, unless a rule says otherwise.
with

relations as (
    select
        c.oid as relation_id,
        n.nspname as schema_name,
        c.relname as relation_name,
        c.relkind in ('v', 'm') as is_view,
        obj_description(c.oid, 'pg_class') as description,
        coalesce(r.owner, o.owner) as owner,
        exists (
            select from pg_catalog.pg_attribute as u
            where u.attrelid = c.oid and u.attname = 'user_id' and not u.attisdropped) as is_of_a_user
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    left join ops.data_owners as o on o.schema_name = n.nspname
    left join monitor.reports as r on n.nspname = 'monitor' and r.report_name = c.relname
    where n.nspname in (
            'source', 'feature', 'model', 'ann', 'serving', 'monitor', 'experiment', 'ops')
        and c.relkind in ('r', 'p', 'v', 'm')
        and not c.relispartition
)

select
    r.schema_name::text,
    r.relation_name::text,
    r.is_view,
    coalesce(r.description, '') as relation_description,
    coalesce(r.owner, '') as owner,
    a.attname::text as column_name,
    format_type(a.atttypid, a.atttypmod) as type_name,
    not a.attnotnull and not r.is_view as is_nullable,
    coalesce(col_description(r.relation_id, a.attnum), '') as column_description,
    case
        when format_type(a.atttypid, -1) ~ '^timestamp' then 'moment, UTC'
        when format_type(a.atttypid, -1) ~ '^date' then 'date, UTC'
        when format_type(a.atttypid, -1) ~ '^(smallint|integer|bigint|real|double precision|numeric)' then u.unit
    end as unit,
    coalesce(p.is_personal, r.is_of_a_user) as is_personal
from relations as r
inner join pg_catalog.pg_attribute as a
    on a.attrelid = r.relation_id and a.attnum > 0 and not a.attisdropped
left join lateral (
    select t.unit
    from ops.column_traits as t
    where t.unit is not null
        and r.schema_name || '.' || r.relation_name ~ ('^(' || t.relation_pattern || ')$')
        and a.attname ~ ('^(' || t.column_pattern || ')$')
    order by t.place
    limit 1
) as u on true
left join lateral (
    select t.is_personal
    from ops.column_traits as t
    where t.is_personal is not null
        and r.schema_name || '.' || r.relation_name ~ ('^(' || t.relation_pattern || ')$')
        and a.attname ~ ('^(' || t.column_pattern || ')$')
    order by t.place
    limit 1
) as p on true
order by r.schema_name, r.relation_name, a.attnum;
