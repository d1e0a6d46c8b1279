-- What is lost and what is saved by storing embeddings in fewer bytes.
--
-- Grain   one row per space and pair of encodings
-- Reads   model.encoding_losses, serving.pointer, serving.publications
create or replace view monitor.encodings as
select
    l.space_id,
    l.user_encoding,
    l.item_encoding,
    l.is_stored,
    exists (
        select from serving.pointer as p
        inner join serving.publications as c on c.publication_id = p.publication_id
        where c.model_id = l.space_id) as is_current,
    l.recall_10,
    l.recall_100,
    l.recall_100_fifth_percentile,
    l.sample_size,
    l.user_squared_error,
    l.item_squared_error,
    l.user_embedding_count,
    l.item_embedding_count,
    l.user_row_bytes,
    l.item_row_bytes,
    l.user_table_bytes,
    l.item_table_bytes,
    l.measured_at
from model.encoding_losses as l;

comment on view monitor.encodings is 'What is lost and what is saved by storing embeddings in fewer bytes: every pair of encodings, measured when all items of the space were last embedded anew; sizes are those of the last run.';
comment on column monitor.encodings.space_id is 'The space: the model that made the embeddings.';
comment on column monitor.encodings.user_encoding is 'How embeddings of users are stored: real, half or int8.';
comment on column monitor.encodings.item_encoding is 'How embeddings of items are stored: real, half or int8.';
comment on column monitor.encodings.is_stored is 'Whether it is the pair in which they are stored.';
comment on column monitor.encodings.is_current is 'Whether the current publication was made from the space.';
comment on column monitor.encodings.recall_10 is 'Mean share of the exact ten best items of a user that stay among the ten best.';
comment on column monitor.encodings.recall_100 is 'The same of the hundred best.';
comment on column monitor.encodings.recall_100_fifth_percentile is 'The share of the hundred best that 95 % of the sampled users reach.';
comment on column monitor.encodings.sample_size is 'Users in the sample.';
comment on column monitor.encodings.user_squared_error is 'Mean squared error of a number of an embedding of a user.';
comment on column monitor.encodings.item_squared_error is 'Mean squared error of a number of an embedding of an item.';
comment on column monitor.encodings.user_embedding_count is 'Rows of users; null for what is not stored.';
comment on column monitor.encodings.item_embedding_count is 'Rows of items; null for what is not stored.';
comment on column monitor.encodings.user_row_bytes is 'Mean size of a row of a user, its header included; null for what is not stored.';
comment on column monitor.encodings.item_row_bytes is 'Mean size of a row of an item, its header included; null for what is not stored.';
comment on column monitor.encodings.user_table_bytes is 'Size of the partition of users on disk with its key; null for what is not stored.';
comment on column monitor.encodings.item_table_bytes is 'Size of the partition of items on disk with its key; null for what is not stored.';
comment on column monitor.encodings.measured_at is 'When it was measured.';
grant select on monitor.encodings to vitrine_job, vitrine_analyst, vitrine_dashboard;
