-- Makes room for what stands in the lists of an index.
--
-- Params  index_id
select ops.ensure_list_partition('ann', 'list_entries', :'index_id'::bigint) as is_made;
