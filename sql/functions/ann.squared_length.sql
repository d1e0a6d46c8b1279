-- The squared length of the first components of a vector.
--
-- Grain   one row
-- Note    As ann.inner_product, of which it is the case of equal vectors: pass a column or a variable.
create or replace function ann.squared_length(a real[], width integer)
returns table (square double precision)
language sql
immutable
begin atomic
    select sum(
        a[s.i]::double precision * a[s.i]
        + case when s.i + 1 <= width then a[s.i + 1]::double precision * a[s.i + 1] else 0 end
        + case when s.i + 2 <= width then a[s.i + 2]::double precision * a[s.i + 2] else 0 end
        + case when s.i + 3 <= width then a[s.i + 3]::double precision * a[s.i + 3] else 0 end)
    from generate_series(1, width, 4) as s (i);
end;

comment on function ann.squared_length(real[], integer) is
    'The squared length of the first components of a vector.';
revoke all on function ann.squared_length(real[], integer) from public;
grant execute on function ann.squared_length(real[], integer) to vitrine_job, vitrine_analyst;
