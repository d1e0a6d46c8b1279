-- Gives an index a table for the extension pgvector.
--
-- Grain   one row: the items written
-- Writes  ann.vectors_…
-- Params  index_id
--         method   hnsw or ivfflat
select ann.make_mirror(:'index_id'::bigint, :'method'::text) as items;
