-- Records a migration in the transaction that applies it. Its key makes a second runner fail.
--
-- Writes  ops.migrations
-- Params  migration_number, migration_name, checksum, duration_seconds
insert into ops.migrations (migration_number, migration_name, checksum, duration_seconds)
values (
    :'migration_number'::integer,
    :'migration_name'::text,
    :'checksum'::text,
    :'duration_seconds'::double precision);
