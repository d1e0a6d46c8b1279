-- Releases what a response holds.
--
-- Writes  ops.holds
-- Params  response_id, author, reason
update ops.holds
set released_at = clock_timestamp(), released_by = :'author'::text, release_reason = :'reason'::text
where response_id = :'response_id'::bigint and released_at is null;
