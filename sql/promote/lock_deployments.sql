-- Keeps the champion from being changed by anybody else until the transaction ends.
--
-- Grain   none
select pg_advisory_xact_lock(hashtextextended('vitrine/deployment', 0));
