-- Records that figures of an evaluation model are kept by user, makes room for them, and removes what
-- an earlier attempt left.
--
-- Writes  model.measurements, model.user_metrics
-- Params  model_id, protocol, learned_by, held_out_hash, metric_names, cutoffs, user_count
select ops.ensure_list_partition('model', 'user_metrics', :'model_id'::bigint) as is_made;

delete from model.user_metrics where model_id = :'model_id'::bigint;

insert into model.measurements
    (model_id, protocol, learned_by, held_out_hash, metric_names, cutoffs, user_count)
values (
    :'model_id'::bigint,
    :'protocol'::text,
    :'learned_by'::text,
    :'held_out_hash'::text,
    :'metric_names'::text[],
    :'cutoffs'::integer[],
    :'user_count'::bigint)
on conflict (model_id) do update
    set protocol = excluded.protocol, learned_by = excluded.learned_by,
        held_out_hash = excluded.held_out_hash, metric_names = excluded.metric_names,
        cutoffs = excluded.cutoffs, user_count = excluded.user_count,
        measured_at = clock_timestamp();
