-- Migrations that were applied.
--
-- Grain   one row per migration
-- Reads   ops.migrations
select migration_number, migration_name, checksum, applied_at
from ops.migrations
order by migration_number;
