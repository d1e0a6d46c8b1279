-- Makes room for the embeddings of a space and removes those of items that an earlier attempt left.
--
-- Params  space_id
select
    ops.ensure_list_partition('model', 'user_embeddings', :'space_id'::bigint) as user_made,
    ops.ensure_list_partition('model', 'item_embeddings', :'space_id'::bigint) as item_made;

delete from model.item_embeddings where space_id = :'space_id'::bigint;
