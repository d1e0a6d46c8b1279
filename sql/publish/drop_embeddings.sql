-- Removes the embeddings of a model from one table.
--
-- Params  table_name   a table of model that is partitioned by space
--         space_id     the model
-- Note    Embeddings live as long as a publication that was made from them.
select ops.drop_list_partition('model', :'table_name'::text, :'space_id'::bigint) as is_dropped;
