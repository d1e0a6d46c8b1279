-- Records an index.
--
-- Grain   one row: its identifier
-- Writes  ann.indexes
-- Params  run_id, publication_id, space_id, status, kind, reason, code, similarity, dimension,
--         parameters, list_count, item_count, probes, added_items, removed_items, moved_items,
--         imbalance, quantisation_error, trained_quantisation_error, trained_item_count,
--         build_seconds
--         parent_index_id   negative: none
insert into ann.indexes
    (run_id, publication_id, space_id, parent_index_id, status, kind, reason, code, similarity,
     dimension, parameters, list_count, item_count, probes, added_items, removed_items, moved_items,
     imbalance, quantisation_error, trained_quantisation_error, trained_item_count, build_seconds)
values (
    :'run_id'::bigint,
    :'publication_id'::bigint,
    :'space_id'::bigint,
    case when :'parent_index_id'::bigint >= 0 then :'parent_index_id'::bigint end,
    :'status'::text,
    :'kind'::text,
    :'reason'::text,
    :'code'::text,
    :'similarity'::text,
    :'dimension'::integer,
    :'parameters'::jsonb,
    :'list_count'::integer,
    :'item_count'::bigint,
    :'probes'::integer,
    :'added_items'::bigint,
    :'removed_items'::bigint,
    :'moved_items'::bigint,
    :'imbalance'::double precision,
    :'quantisation_error'::double precision,
    :'trained_quantisation_error'::double precision,
    :'trained_item_count'::bigint,
    :'build_seconds'::double precision)
returning index_id;
