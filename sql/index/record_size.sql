-- Records how large an index is, once its lists are written, and refreshes the planner's statistics.
--
-- Reads   ann.lists, ann.codebooks
-- Writes  ann.indexes
-- Params  index_id
-- Note    The partition as it lies on disk; of the tables that all indexes share, its rows.
select
    ops.refresh_statistics('ann', 'list_entries_' || :'index_id'::bigint) as entries,
    ops.refresh_statistics('ann', 'lists') as lists;

update ann.indexes as i
set bytes = pg_total_relation_size('ann.list_entries_' || i.index_id)
    + (select coalesce(sum(pg_column_size(l.*)), 0) from ann.lists as l where l.index_id = i.index_id)
    + (select coalesce(sum(pg_column_size(c.*)), 0) from ann.codebooks as c where c.index_id = i.index_id)
where i.index_id = :'index_id'::bigint;
