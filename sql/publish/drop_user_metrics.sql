-- Removes the figures by user of an evaluation model; the means over users stay.
--
-- Params  model_id
select ops.drop_list_partition('model', 'user_metrics', :'model_id'::bigint) as is_dropped;
