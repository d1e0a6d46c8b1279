-- Records a function or view in the transaction that applies it.
--
-- Writes  ops.definitions
-- Params  definition_path, checksum
insert into ops.definitions (definition_path, checksum)
values (:'definition_path'::text, :'checksum'::text)
on conflict (definition_path) do update set checksum = excluded.checksum, applied_at = clock_timestamp();
