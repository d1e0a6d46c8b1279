-- Gives back the lock that import/begin took.
--
-- Params  import_id
select pg_advisory_unlock(hashtextextended('vitrine/import/' || :'import_id'::bigint, 0));
