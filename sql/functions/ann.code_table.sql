-- What every value of every byte of a code adds to the inner product with a query.
--
-- Grain   one value: at 256 × byte + value + 1 the product of the query with what the value stands for
-- Reads   ann.indexes, ann.codebooks
-- Note    Asymmetric distances of product-quantised residuals (Jégou, Douze, Schmid 2011). With a
--         rotation the query is turned as the vectors were. A byte of four-bit codes holds two parts,
--         the first in its lower half.
create or replace function ann.code_table(from_index bigint, query double precision[])
returns double precision[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
set enable_memoize = off
as $function$
declare
    width integer := cardinality(query);
    bits integer;
    parts integer;
    turned double precision[];
    products double precision[];
begin
    select
        (i.parameters ->> 'partBits')::integer,
        (i.parameters ->> 'partCount')::integer
    into strict bits, parts
    from ann.indexes as i
    where i.index_id = from_index;
    parts := least(case when parts > 0 then parts else greatest(2 * width / bits, 1) end, width);

    turned := array(
        select p.product
        from ann.codebooks as c
        cross join lateral ann.inner_product(c.components, query) as p
        where c.index_id = from_index and c.codebook_name = 'rotation'
        order by c.part_number);
    if turned = '{}' then
        turned := query;
    end if;

    products := array(
        select (
            select sum(c.components[d.place] * turned[d.place])
            from generate_series(
                p.part * width / parts + 1, (p.part + 1) * width / parts) as d (place))
        from ann.codebooks as c
        cross join generate_series(0, parts - 1) as p (part)
        where c.index_id = from_index and c.codebook_name = 'codewords'
        order by p.part, c.part_number);
    if bits = 8 then
        return products;
    end if;
    return array(
        select products[32 * b.place + (v.byte & 15) + 1]
            + coalesce(products[32 * b.place + 16 + (v.byte >> 4) + 1], 0)
        from generate_series(0, (parts + 1) / 2 - 1) as b (place)
        cross join generate_series(0, 255) as v (byte)
        order by b.place, v.byte);
end
$function$;

comment on function ann.code_table(bigint, double precision[]) is
    'What every value of every byte of a product-quantised code adds to the inner product with a query.';
revoke all on function ann.code_table(bigint, double precision[]) from public;
grant execute on function ann.code_table(bigint, double precision[]) to vitrine_job, vitrine_analyst;
