-- Records that a response was taken back.
--
-- Writes  monitor.responses, monitor.response_events
-- Params  response_id, author, reason
update monitor.responses
set state = 'reverted', reverted_at = clock_timestamp()
where response_id = :'response_id'::bigint and state = 'executed';

insert into monitor.response_events (response_id, state, author, reason)
values (:'response_id'::bigint, 'reverted', :'author'::text, :'reason'::text);
