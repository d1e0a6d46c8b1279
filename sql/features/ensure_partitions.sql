-- Makes the monthly partitions that the daily aggregates of a range of days need.
--
-- Grain   one row: how many were made
-- Params  table_names, from_date, until_date   tables of the feature schema; both days inclusive, UTC
select coalesce(sum(ops.ensure_month_partitions(
    'feature', t.table_name, :'from_date'::date, :'until_date'::date)), 0)::bigint as made_count
from unnest(:'table_names'::text[]) as t (table_name);
