-- Makes room for the embeddings of a space.
--
-- Params  space_id
select
    ops.ensure_list_partition('model', 'user_vectors', :'space_id'::bigint) as user_made,
    ops.ensure_list_partition('model', 'item_vectors', :'space_id'::bigint) as item_made;
