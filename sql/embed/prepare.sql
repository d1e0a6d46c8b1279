-- Makes room for the embeddings of a space and removes what an earlier attempt left.
--
-- Params  space_id
select
    ops.ensure_list_partition('model', 'user_vectors', :'space_id'::bigint) as user_made,
    ops.ensure_list_partition('model', 'item_vectors', :'space_id'::bigint) as item_made;

delete from model.user_vectors where space_id = :'space_id'::bigint;

delete from model.item_vectors where space_id = :'space_id'::bigint;
