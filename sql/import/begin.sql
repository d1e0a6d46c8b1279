-- Opens an import and takes the lock that shows it is alive.
--
-- Grain   one row
-- Writes  source.imports
-- Params  source_name, target, mapping
with

opened as (
    insert into source.imports (source_name, target, mapping)
    values (:'source_name'::text, :'target'::text, :'mapping'::jsonb)
    returning import_id, started_at
)

select
    import_id,
    started_at,
    pg_try_advisory_lock(hashtextextended('vitrine/import/' || import_id, 0)) as is_locked
from opened;
