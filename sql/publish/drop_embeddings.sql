-- Removes the embeddings behind a publication from one table, unless another publication needs them.
--
-- Params  table_name       a table of model that is partitioned by space
--         publication_id
--         model_id         the space
-- Note    Embeddings live as long as a publication that was made from them.
select ops.drop_list_partition('model', :'table_name'::text, :'model_id'::bigint) as is_dropped
where not exists (
    select from serving.publications as p
    where p.model_id = :'model_id'::bigint
        and p.publication_id <> :'publication_id'::bigint
        and p.status <> 'dropped');
