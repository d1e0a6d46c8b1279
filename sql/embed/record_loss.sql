-- Records what is lost by one pair of encodings, and for the pair that is stored how large it is.
--
-- Reads   model.user_vectors, model.item_vectors
-- Writes  model.encoding_losses
-- Params  space_id, user_encoding, item_encoding, is_stored, recall_10, recall_100,
--         recall_100_fifth_percentile, sample_size, user_squared_error, item_squared_error
-- Note    Partitions as they lie on disk.
with

users as (
    select count(*) as embedding_count, avg(pg_column_size(v.*)) as row_bytes
    from model.user_vectors as v
    where :'is_stored'::boolean and v.space_id = :'space_id'::bigint
),

items as (
    select count(*) as embedding_count, avg(pg_column_size(v.*)) as row_bytes
    from model.item_vectors as v
    where :'is_stored'::boolean and v.space_id = :'space_id'::bigint
)

insert into model.encoding_losses
    (space_id, user_encoding, item_encoding, is_stored, recall_10, recall_100,
     recall_100_fifth_percentile, sample_size, user_squared_error, item_squared_error,
     user_embedding_count, item_embedding_count, user_row_bytes, item_row_bytes,
     user_table_bytes, item_table_bytes)
select
    :'space_id'::bigint,
    :'user_encoding'::text,
    :'item_encoding'::text,
    :'is_stored'::boolean,
    :'recall_10'::double precision,
    :'recall_100'::double precision,
    :'recall_100_fifth_percentile'::double precision,
    :'sample_size'::integer,
    :'user_squared_error'::double precision,
    :'item_squared_error'::double precision,
    case when :'is_stored'::boolean then u.embedding_count end,
    case when :'is_stored'::boolean then i.embedding_count end,
    u.row_bytes,
    i.row_bytes,
    case when :'is_stored'::boolean
        then pg_total_relation_size('model.user_vectors_' || :'space_id'::bigint) end,
    case when :'is_stored'::boolean
        then pg_total_relation_size('model.item_vectors_' || :'space_id'::bigint) end
from users as u
cross join items as i;
