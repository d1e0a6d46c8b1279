-- The numbers that a code of model.user_vectors or model.item_vectors stands for.
--
-- Grain   one value; null for a null code
-- Note    With a scale, signed bytes times it, in single precision. Without, half precision, the
--         lower byte first: sign, five bits of exponent e, ten of fraction f; (1024 + f) 2^(e - 25),
--         or f 2^-24 where e is 0 (IEEE 754, binary16). Infinities and NaN are never written.
--         Exact, and bit for bit what the job reads. A function in SQL takes half the time of one in
--         PL/pgSQL here.
create or replace function model.decoded_embedding(code bytea, scale real)
returns real[]
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $function$
    select case
        when code is null then null
        when scale is not null then array(
            select scale * ((get_byte(code, n.place) # 128) - 128)::real
            from generate_series(0, octet_length(code) - 1) as n (place)
            order by n.place)
        else array(
            select (
                (case when n.high & 124 > 0 then 1024 else 0 end
                    + (n.high & 3) * 256 + get_byte(code, 2 * n.place))::double precision
                * (1 << greatest(n.high >> 2 & 31, 1))
                / case when n.high < 128 then 33554432 else -33554432 end)::real
            from (
                select g.place, get_byte(code, 2 * g.place + 1) as high
                from generate_series(0, octet_length(code) / 2 - 1) as g (place)
            ) as n
            order by n.place)
    end;
$function$;

comment on function model.decoded_embedding(bytea, real) is
    'The numbers that a code of model.user_vectors or model.item_vectors stands for, given its scale.';
revoke all on function model.decoded_embedding(bytea, real) from public;
grant execute on function model.decoded_embedding(bytea, real) to vitrine_job, vitrine_analyst;
