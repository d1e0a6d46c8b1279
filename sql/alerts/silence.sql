-- Silences alerts for some hours.
--
-- Grain   one row: the silence and its end
-- Writes  monitor.silences
-- Params  rule_name (empty for all), subject_pattern, hours, author, reason
insert into monitor.silences (rule_name, subject_pattern, silent_until, author, reason)
values (
    nullif(:'rule_name'::text, ''),
    :'subject_pattern'::text,
    clock_timestamp() + interval '1 hour' * :'hours'::double precision,
    :'author'::text,
    :'reason'::text)
returning silence_id, silent_until;
