-- Refreshes the planner's statistics of tables of the feature schema.
--
-- Params  table_names
select ops.refresh_statistics('feature', t.table_name)
from unnest(:'table_names'::text[]) as t (table_name);
