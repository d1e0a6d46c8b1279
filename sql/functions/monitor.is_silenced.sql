-- Whether an alert of a rule and subject is silenced at this moment.
--
-- Grain   one value
-- Reads   monitor.silences
create or replace function monitor.is_silenced(rule_name text, subject text)
returns boolean
language sql
volatile
set search_path = pg_catalog, pg_temp
as $function$
    select exists (
        select
        from monitor.silences as s
        where coalesce(s.rule_name, is_silenced.rule_name) = is_silenced.rule_name
            and is_silenced.subject like s.subject_pattern
            and clock_timestamp() >= s.silent_from
            and clock_timestamp() < s.silent_until);
$function$;

comment on function monitor.is_silenced(text, text) is
    'Whether alerts of a rule about a subject are silenced at this moment.';
revoke all on function monitor.is_silenced(text, text) from public;
grant execute on function monitor.is_silenced(text, text) to vitrine_job, vitrine_analyst;
