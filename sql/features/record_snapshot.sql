-- Records that the snapshots of a date were built.
--
-- Writes  feature.snapshots
-- Params  as_of_date, grain, definition_checksum, row_count
insert into feature.snapshots (as_of_date, grain, definition_checksum, row_count)
values (
    :'as_of_date'::date,
    :'grain'::text,
    :'definition_checksum'::text,
    :'row_count'::bigint);
