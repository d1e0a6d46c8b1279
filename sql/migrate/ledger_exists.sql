-- Whether anything was ever migrated here.
--
-- Grain   one row
select to_regclass('ops.migrations') is not null and to_regclass('ops.definitions') is not null as ledger_exists;
