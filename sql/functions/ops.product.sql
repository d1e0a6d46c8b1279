-- The product of numbers, which SQL lacks beside the sum.
--
-- Grain   one value; 1 over no rows, as multipliers want it
create or replace aggregate ops.product(double precision) (
    sfunc = pg_catalog.float8mul,
    stype = double precision,
    initcond = '1',
    parallel = safe
);

comment on aggregate ops.product(double precision) is 'The product of numbers; 1 over no rows.';
revoke all on function ops.product(double precision) from public;
grant execute on function ops.product(double precision) to vitrine_job, vitrine_analyst;
