-- Marks imports as failed whose process is gone: each holds a lock of the session while it lives.
--
-- Writes  source.imports
update source.imports as m
set status = 'failed', finished_at = clock_timestamp()
where m.status = 'running'
    and pg_try_advisory_xact_lock(hashtextextended('vitrine/import/' || m.import_id, 0));
