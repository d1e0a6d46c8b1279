-- Closes an import with its counts.
--
-- Writes  source.imports
-- Params  import_id, status, read_count, rejected_count, loaded_count, duplicate_count
update source.imports
set
    status = :'status'::text,
    read_count = :'read_count'::bigint,
    rejected_count = :'rejected_count'::bigint,
    loaded_count = :'loaded_count'::bigint,
    duplicate_count = :'duplicate_count'::bigint,
    finished_at = clock_timestamp()
where import_id = :'import_id'::bigint;
