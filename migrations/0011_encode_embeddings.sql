-- Embeddings in fewer bytes: in half precision, or in eight bits a number with a scale for each.
--
-- What is stored and what is read part ways: the tables become model.user_vectors and
-- model.item_vectors, and views under their former names give real[] whatever is stored.
-- A row says by what it holds how it is encoded, so that a space can go over from one encoding to
-- another: components alone are real, a code alone is half, a code with a scale is int8.

alter table model.user_embeddings rename to user_vectors;
alter table model.user_vectors rename column embedding to components;
alter table model.user_vectors rename constraint user_embeddings_have_a_key to user_vectors_have_a_key;
alter table model.user_vectors alter column components drop not null;
alter table model.user_vectors
    add column code bytea null,
    add column scale real null,
    add constraint vector_has_one_form check (num_nonnulls(components, code) = 1),
    add constraint only_a_code_has_a_scale check (scale is null or code is not null),
    add constraint half_takes_two_bytes check (scale is not null or octet_length(code) % 2 = 0);
-- A code does not get smaller by compression.
alter table model.user_vectors alter column code set storage external;
comment on table model.user_vectors is 'Embeddings of users as they are stored; model.user_embeddings reads them as numbers. As many of each user as the model has interests. Made anew by every run whose champion the model is.';
comment on column model.user_vectors.components is 'The embedding in single precision; null where it is encoded.';
comment on column model.user_vectors.code is 'The encoded embedding: with a scale, a signed byte for each number; without, two bytes for each, half precision (IEEE 754 binary16), the lower first.';
comment on column model.user_vectors.scale is 'What the bytes of the code are multiplied by; null for half precision.';

alter table model.item_embeddings rename to item_vectors;
alter table model.item_vectors rename column embedding to components;
alter table model.item_vectors rename constraint item_embeddings_have_a_key to item_vectors_have_a_key;
alter table model.item_vectors alter column components drop not null;
alter table model.item_vectors
    add column code bytea null,
    add column scale real null,
    add constraint vector_has_one_form check (num_nonnulls(components, code) = 1),
    add constraint only_a_code_has_a_scale check (scale is null or code is not null),
    add constraint half_takes_two_bytes check (scale is not null or octet_length(code) % 2 = 0);
alter table model.item_vectors alter column code set storage external;
comment on table model.item_vectors is 'Embeddings of items as they are stored; model.item_embeddings reads them as numbers. Made anew by every run whose champion the model is.';
comment on column model.item_vectors.components is 'The embedding in single precision; null where it is encoded.';
comment on column model.item_vectors.code is 'The encoded embedding: with a scale, a signed byte for each number; without, two bytes for each, half precision (IEEE 754 binary16), the lower first.';
comment on column model.item_vectors.scale is 'What the bytes of the code are multiplied by; null for half precision.';

-- Partitions are found by the name of their table.
do $migration$
declare
    partition record;
begin
    for partition in
        select c.relname as old_name, replace(c.relname, '_embeddings_', '_vectors_') as new_name
        from pg_catalog.pg_class as c
        inner join pg_catalog.pg_inherits as h on h.inhrelid = c.oid
        where h.inhparent in ('model.user_vectors'::regclass, 'model.item_vectors'::regclass)
    loop
        execute format('alter table model.%I rename to %I', partition.old_name, partition.new_name);
    end loop;
end
$migration$;

create table model.encoding_losses (
    space_id bigint not null,
    user_encoding text not null,
    item_encoding text not null,
    is_stored boolean not null,
    recall_10 double precision not null,
    recall_100 double precision not null,
    recall_100_fifth_percentile double precision not null,
    sample_size integer not null,
    user_squared_error double precision not null,
    item_squared_error double precision not null,
    user_embedding_count bigint null,
    item_embedding_count bigint null,
    user_row_bytes double precision null,
    item_row_bytes double precision null,
    user_table_bytes bigint null,
    item_table_bytes bigint null,
    measured_at timestamptz not null default clock_timestamp(),
    constraint encoding_losses_have_a_key primary key (space_id, user_encoding, item_encoding),
    constraint encoding_is_known check (
        user_encoding in ('real', 'half', 'int8') and item_encoding in ('real', 'half', 'int8')),
    constraint loss_is_a_share check (
        recall_10 between 0 and 1 and recall_100 between 0 and 1
        and recall_100_fifth_percentile between 0 and 1),
    constraint loss_has_a_sample check (sample_size >= 1),
    constraint squared_errors_are_finite check (
        user_squared_error between 0 and 1e300 and item_squared_error between 0 and 1e300),
    constraint only_what_is_stored_has_a_size check (
        num_nonnulls(
            user_embedding_count, item_embedding_count, user_row_bytes, item_row_bytes,
            user_table_bytes, item_table_bytes) = any (case when is_stored then array[0, 6] else array[0] end))
);
comment on table model.encoding_losses is 'What is lost by storing the embeddings of a space in fewer bytes, for every pair of encodings, measured when all items were last embedded anew; and the size of the pair that is stored. Stays on record.';
comment on column model.encoding_losses.space_id is 'The space: the model that made the embeddings.';
comment on column model.encoding_losses.user_encoding is 'How embeddings of users are stored: real, half or int8.';
comment on column model.encoding_losses.item_encoding is 'How embeddings of items are stored: real, half or int8.';
comment on column model.encoding_losses.is_stored is 'Whether it is the pair in which they are stored.';
comment on column model.encoding_losses.recall_10 is 'Share of the exact ten best items of a user, by embeddings in single precision, that are among the ten best by those stored; mean over the sample.';
comment on column model.encoding_losses.recall_100 is 'The same of the hundred best.';
comment on column model.encoding_losses.recall_100_fifth_percentile is 'The share of the hundred best that 95 % of the sample reach: the mean hides the tail.';
comment on column model.encoding_losses.sample_size is 'Users in the sample.';
comment on column model.encoding_losses.user_squared_error is 'Mean squared error of a number of an embedding of a user, over the sample.';
comment on column model.encoding_losses.item_squared_error is 'Mean squared error of a number of an embedding of an item, over all items.';
comment on column model.encoding_losses.user_embedding_count is 'Rows of users; null for what is not stored or not measured yet.';
comment on column model.encoding_losses.item_embedding_count is 'Rows of items; null for what is not stored or not measured yet.';
comment on column model.encoding_losses.user_row_bytes is 'Mean size of a row of a user, its header included; null for what is not stored or not measured yet.';
comment on column model.encoding_losses.item_row_bytes is 'Mean size of a row of an item, its header included; null for what is not stored or not measured yet.';
comment on column model.encoding_losses.user_table_bytes is 'Size of the partition of users on disk with its key, and with what earlier runs have left and vacuum has not taken back; null for what is not stored or not measured yet.';
comment on column model.encoding_losses.item_table_bytes is 'Size of the partition of items on disk, in the same way; null for what is not stored or not measured yet.';
comment on column model.encoding_losses.measured_at is 'When it was measured.';
