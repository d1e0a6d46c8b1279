-- The tables of source have the columns that jobs read, of the types they expect.
--
-- Check   fail
-- Owner   data
-- Action  Restore the column, as migrations/0003_create_source.sql makes it.
-- Reads   the system catalogue
-- Output  subject, detail, violation_count   one row per column
-- Note    More columns than these are no fault.
with

expected as (
    select e.table_name, e.column_name, e.type_name
    from (values
        ('source.actions', 'action_id', 'smallint'),
        ('source.actions', 'action_name', 'text'),
        ('source.actions', 'sign', 'smallint'),
        ('source.actions', 'label_weight', 'real'),
        ('source.creators', 'creator_id', 'bigint'),
        ('source.creators', 'known_at', 'timestamp with time zone'),
        ('source.user_versions', 'user_id', 'bigint'),
        ('source.user_versions', 'known_at', 'timestamp with time zone'),
        ('source.user_versions', 'created_at', 'timestamp with time zone'),
        ('source.user_versions', 'attributes', 'jsonb'),
        ('source.user_versions', 'bucket', 'smallint'),
        ('source.item_versions', 'item_id', 'bigint'),
        ('source.item_versions', 'known_at', 'timestamp with time zone'),
        ('source.item_versions', 'creator_id', 'bigint'),
        ('source.item_versions', 'kind', 'text'),
        ('source.item_versions', 'created_at', 'timestamp with time zone'),
        ('source.item_versions', 'is_available', 'boolean'),
        ('source.item_versions', 'caption', 'text'),
        ('source.item_versions', 'language', 'text'),
        ('source.item_versions', 'tags', 'text[]'),
        ('source.item_versions', 'attributes', 'jsonb'),
        ('source.item_contents', 'item_id', 'bigint'),
        ('source.item_contents', 'modality', 'text'),
        ('source.item_contents', 'encoder', 'text'),
        ('source.interactions', 'user_id', 'bigint'),
        ('source.interactions', 'item_id', 'bigint'),
        ('source.interactions', 'action_id', 'smallint'),
        ('source.interactions', 'occurred_at', 'timestamp with time zone'),
        ('source.interactions', 'event_key', 'bigint'),
        ('source.interactions', 'value', 'real'),
        ('source.interactions', 'surface', 'text'),
        ('source.interactions', 'position', 'smallint'),
        ('source.interactions', 'request_id', 'bigint'),
        ('source.interactions', 'repeat_count', 'smallint'),
        ('source.interactions', 'known_at', 'timestamp with time zone'),
        ('source.interactions', 'import_id', 'bigint')
    ) as e (table_name, column_name, type_name)
),

actual as (
    select
        n.nspname || '.' || c.relname as table_name,
        a.attname::text as column_name,
        pg_catalog.format_type(a.atttypid, null) as type_name
    from pg_catalog.pg_attribute as a
    inner join pg_catalog.pg_class as c on c.oid = a.attrelid
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = 'source' and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
)

select
    e.table_name || '.' || e.column_name as subject,
    case
        when a.type_name is null then 'the column is missing'
        else 'the column is ' || a.type_name || ' instead of ' || e.type_name
    end as detail,
    1::bigint as violation_count
from expected as e
left join actual as a on a.table_name = e.table_name and a.column_name = e.column_name
where a.type_name is distinct from e.type_name
order by subject;
