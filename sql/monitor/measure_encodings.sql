-- Measures how large the embeddings behind the publication are as they are stored.
--
-- Reads   model.user_vectors, model.item_vectors
-- Writes  model.encoding_losses
-- Params  space_id   the model behind the publication
-- Note    Partitions as they lie on disk; nothing where losses were not measured.
with

users as (
    select count(*) as embedding_count, avg(pg_column_size(v.*)) as row_bytes
    from model.user_vectors as v
    where v.space_id = :'space_id'::bigint
),

items as (
    select count(*) as embedding_count, avg(pg_column_size(v.*)) as row_bytes
    from model.item_vectors as v
    where v.space_id = :'space_id'::bigint
)

update model.encoding_losses as l
set user_embedding_count = u.embedding_count,
    item_embedding_count = i.embedding_count,
    user_row_bytes = coalesce(u.row_bytes, 0),
    item_row_bytes = coalesce(i.row_bytes, 0),
    user_table_bytes = pg_total_relation_size('model.user_vectors_' || l.space_id),
    item_table_bytes = pg_total_relation_size('model.item_vectors_' || l.space_id)
from users as u
cross join items as i
where l.space_id = :'space_id'::bigint and l.is_stored;
