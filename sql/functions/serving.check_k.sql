-- Refuses a count that cannot be meant.
--
-- Grain   one value: k itself; 10 for null
create or replace function serving.check_k(k integer)
returns integer
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $function$
begin
    if k < 0 then
        raise exception 'k must not be negative'
            using errcode = 'invalid_parameter_value',
            hint = 'Ask for 0 or more recommendations.';
    end if;
    return coalesce(k, 10);
end
$function$;

comment on function serving.check_k(integer) is 'k itself, 10 for null; an error for a negative one.';
revoke all on function serving.check_k(integer) from public;
grant execute on function serving.check_k(integer) to vitrine_job, vitrine_analyst;
