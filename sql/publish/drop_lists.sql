-- Removes the lists of a publication from one table.
--
-- Params  table_name       a table of serving that is partitioned by publication
--         publication_id
-- Note    One table to a transaction: whoever reads several in one statement then waits for a
--         moment at most, where two locks taken one after the other could deadlock with them.
select ops.drop_list_partition('serving', :'table_name'::text, :'publication_id'::bigint) as is_dropped;
