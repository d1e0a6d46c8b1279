-- The similarity of two sets, given as bits: how many they share over how many they have together.
--
-- Grain   one value, 0 where both are empty or one is not known
-- Note    A quotient of two small integers: the same bits everywhere. Without settings of its own it
--         becomes a part of the statement that calls it.
create or replace function serving.jaccard(a bit varying, b bit varying)
returns double precision
language sql
immutable
begin atomic
    select coalesce(bit_count(a & b)::double precision / nullif(bit_count(a | b), 0), 0);
end;

comment on function serving.jaccard(bit varying, bit varying) is
    'The similarity of two sets, given as bits: how many they share over how many they have together.';
revoke all on function serving.jaccard(bit varying, bit varying) from public;
grant execute on function serving.jaccard(bit varying, bit varying) to vitrine_job, vitrine_analyst;
