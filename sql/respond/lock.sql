-- Keeps everybody else from judging rules and responding to alerts until the transaction ends.
--
-- Grain   none
select pg_advisory_xact_lock(hashtextextended('vitrine/respond', 0));
