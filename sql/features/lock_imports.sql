-- Waits for imports under way, and keeps new ones waiting, until the transaction ends.
--
-- Grain   none
-- Note    Imports take the same key shared (sql/import/lock_features.sql), so they run beside one another.
select pg_advisory_xact_lock(hashtextextended('vitrine/import', 0));
