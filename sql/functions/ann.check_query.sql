-- Refuses a query that is not a vector of an index.
--
-- Grain   none
create or replace function ann.check_query(query real[], dimension integer)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $function$
begin
    if query is null or array_ndims(query) is distinct from 1
        or cardinality(query) <> dimension
    then
        raise exception 'the query does not have the dimension of the index, %', dimension
            using errcode = 'invalid_parameter_value',
            hint = 'Take an embedding of the same space: ann.indexes says which.';
    end if;
    if array_position(query, null) is not null
        or array_position(query, 'NaN'::real) is not null
        or array_position(query, 'Infinity'::real) is not null
        or array_position(query, '-Infinity'::real) is not null
    then
        raise exception 'the query has components that are null, NaN or infinite'
            using errcode = 'invalid_parameter_value',
            hint = 'Give a finite number for every component.';
    end if;
end
$function$;

comment on function ann.check_query(real[], integer) is
    'An error for a query of another dimension, or with components that are not finite.';
revoke all on function ann.check_query(real[], integer) from public;
grant execute on function ann.check_query(real[], integer) to vitrine_job, vitrine_analyst;
