-- Records what became of a response.
--
-- Writes  monitor.responses, monitor.response_events
-- Params  response_id
--         state, outcome   dry_run, executed, refused or failed; and why, or what was done
--         before_checksum, after_checksum   of the current publication; empty where there is none
update monitor.responses
set state = :'state'::text,
    outcome = :'outcome'::text,
    before_checksum = nullif(:'before_checksum'::text, ''),
    after_checksum = nullif(:'after_checksum'::text, ''),
    decided_at = clock_timestamp()
where response_id = :'response_id'::bigint and state = 'proposed';

insert into monitor.response_events (response_id, state, author, reason)
values (:'response_id'::bigint, :'state'::text, 'vitrine', :'outcome'::text);
