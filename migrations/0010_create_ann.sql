-- The ann layer: indexes of item embeddings for approximate search (inverted files), as tables.
-- An index belongs to a publication and appears with it: there is no pointer of its own.
--
-- The items of a list stand in chunks, one row for up to 1,024 of them, and not in a row each. With
-- codes of 16 bytes a million items take 24 MB instead of 112 and a sixth of the time of COPY, and
-- SQL reads them as fast: docs/ann.md has the figures.

create schema ann;
comment on schema ann is 'Indexes of item embeddings for approximate nearest neighbour search, and the recall they reach.';
grant usage on schema ann to vitrine_job, vitrine_analyst;
alter default privileges in schema ann grant select on tables to vitrine_analyst;
alter default privileges in schema ann grant select, insert, update, delete on tables to vitrine_job;
alter default privileges in schema ann grant usage on sequences to vitrine_job;
alter default privileges in schema ann grant execute on functions to vitrine_job;

create table ann.indexes (
    index_id bigint generated always as identity,
    run_id bigint not null,
    publication_id bigint not null,
    space_id bigint not null,
    parent_index_id bigint null,
    status text not null,
    kind text not null,
    reason text not null,
    code text not null,
    similarity text not null,
    dimension integer not null,
    parameters jsonb not null,
    list_count integer not null,
    item_count bigint not null,
    probes integer not null,
    added_items bigint not null,
    removed_items bigint not null,
    moved_items bigint not null,
    imbalance double precision not null,
    quantisation_error double precision not null,
    trained_quantisation_error double precision not null,
    trained_item_count bigint not null,
    bytes bigint not null default 0,
    build_seconds double precision not null,
    created_at timestamptz not null default clock_timestamp(),
    constraint indexes_have_a_key primary key (index_id),
    constraint a_run_makes_one_index unique (run_id),
    constraint a_publication_has_one_index unique (publication_id),
    constraint index_parent_is_an_index
        foreign key (parent_index_id) references ann.indexes (index_id),
    constraint index_status_is_known check (status in ('ready', 'refused', 'dropped')),
    constraint index_kind_is_known check (kind in ('exact', 'inverted_file')),
    constraint index_code_is_known check (code in ('flat', 'int8', 'product_quantised')),
    constraint index_similarity_is_known check (similarity in ('inner_product', 'cosine', 'l2')),
    constraint index_counts_are_not_negative check (
        dimension >= 0 and list_count >= 0 and item_count >= 0 and added_items >= 0
        and removed_items >= 0 and moved_items >= 0 and trained_item_count >= 0 and bytes >= 0),
    constraint index_probes_some_of_its_lists
        check (probes between least(list_count, 1) and greatest(list_count, 1)),
    constraint index_measures_are_finite check (
        imbalance < 'infinity' and quantisation_error < 'infinity'
        and trained_quantisation_error < 'infinity' and build_seconds < 'infinity')
);
comment on table ann.indexes is 'One row per index of item embeddings, one for each run that has the step index.';
comment on column ann.indexes.index_id is 'Identifier of the index.';
comment on column ann.indexes.run_id is 'The run that made it.';
comment on column ann.indexes.publication_id is 'The publication that it belongs to: it is current when that is, and dropped with it.';
comment on column ann.indexes.space_id is 'The space of its embeddings (the model that made them): a query from another space is refused.';
comment on column ann.indexes.parent_index_id is 'The index whose centroids it goes on with; null where its own were trained.';
comment on column ann.indexes.status is 'ready; refused (too little was found again: its recall stays on record, its lists do not); or dropped (removed by retention).';
comment on column ann.indexes.kind is 'inverted_file, or exact: one list of all items, where there are too few for more.';
comment on column ann.indexes.reason is 'Why it is of this kind, and why its centroids were trained or kept.';
comment on column ann.indexes.code is 'What stands in the lists beside the items: nothing (flat: the embeddings are read from model.item_embeddings), int8 codes or product_quantised ones.';
comment on column ann.indexes.similarity is 'How a query and an item are compared: inner_product, cosine or l2.';
comment on column ann.indexes.dimension is 'Numbers in an embedding.';
comment on column ann.indexes.parameters is 'Every setting it was built with.';
comment on column ann.indexes.list_count is 'Lists.';
comment on column ann.indexes.item_count is 'Items in all lists.';
comment on column ann.indexes.probes is 'Lists that a search reads unless told otherwise: the fewest that reached the target of recall; the most that were tried where none did.';
comment on column ann.indexes.added_items is 'Items that the index before it in this space did not have.';
comment on column ann.indexes.removed_items is 'Items that the index before it had and it has not.';
comment on column ann.indexes.moved_items is 'Items that stand in another list than in its parent; 0 without a parent.';
comment on column ann.indexes.imbalance is 'Length of the longest list over the mean length; 1 when there are no items.';
comment on column ann.indexes.quantisation_error is 'Mean squared distance of items from the centroid of their list.';
comment on column ann.indexes.trained_quantisation_error is 'The same when the centroids were trained.';
comment on column ann.indexes.trained_item_count is 'Items when the centroids were trained.';
comment on column ann.indexes.bytes is 'Size of its lists and codebooks on disk.';
comment on column ann.indexes.build_seconds is 'Seconds to build it and to measure its recall.';
comment on column ann.indexes.created_at is 'When it was written.';

create table ann.lists (
    index_id bigint not null,
    list_number integer not null,
    item_count integer not null,
    centroid real[] not null,
    constraint lists_have_a_key primary key (index_id, list_number),
    constraint list_belongs_to_an_index
        foreign key (index_id) references ann.indexes (index_id) on delete cascade,
    constraint list_numbers_count_from_zero check (list_number >= 0),
    constraint list_item_count_is_not_negative check (item_count >= 0)
);
comment on table ann.lists is 'The lists of an index: a search reads those whose centroids are nearest to the query.';
comment on column ann.lists.index_id is 'The index.';
comment on column ann.lists.list_number is 'Place of the list, from 0.';
comment on column ann.lists.item_count is 'Items in the list.';
comment on column ann.lists.centroid is 'What stands for the items of the list; all zero for the one list of an exact index.';

create table ann.list_entries (
    index_id bigint not null,
    list_number integer not null,
    chunk_number integer not null,
    item_ids bigint[] not null,
    codes bytea not null,
    constraint list_entries_have_a_key primary key (index_id, list_number, chunk_number),
    constraint chunk_is_not_empty check (cardinality(item_ids) >= 1),
    constraint codes_have_one_length check (octet_length(codes) % cardinality(item_ids) = 0)
) partition by list (index_id);
-- Neither ids nor codes get smaller by compression, and both are read whole.
alter table ann.list_entries
    alter column item_ids set storage external,
    alter column codes set storage external;
comment on table ann.list_entries is 'What stands in the lists of an index, up to 1,024 items a row. ann.entries reads it as rows.';
comment on column ann.list_entries.index_id is 'The index.';
comment on column ann.list_entries.list_number is 'The list.';
comment on column ann.list_entries.chunk_number is 'Place of the chunk in the list, from 0.';
comment on column ann.list_entries.item_ids is 'Items, ascending over the chunks of a list.';
comment on column ann.list_entries.codes is 'Their codes, one after the other, each as long; empty in a flat index.';

create table ann.codebooks (
    index_id bigint not null,
    codebook_name text not null,
    part_number integer not null,
    components real[] not null,
    constraint codebooks_have_a_key primary key (index_id, codebook_name, part_number),
    constraint codebook_belongs_to_an_index
        foreign key (index_id) references ann.indexes (index_id) on delete cascade,
    constraint codebook_name_is_known check (codebook_name in ('codewords', 'rotation')),
    constraint codebook_parts_count_from_zero check (part_number >= 0)
);
comment on table ann.codebooks is 'What the codes of a product-quantised index stand for.';
comment on column ann.codebooks.index_id is 'The index.';
comment on column ann.codebooks.codebook_name is 'codewords, or rotation where embeddings are turned before they are coded.';
comment on column ann.codebooks.part_number is 'The codeword that a byte stands for, or the row of the rotation.';
comment on column ann.codebooks.components is 'Codewords: that of the first byte of a code, then that of the second, …';

create table ann.recall (
    index_id bigint not null,
    probes integer not null,
    cutoff integer not null,
    mean double precision not null,
    fifth_percentile double precision not null,
    minimum double precision not null,
    sample_size integer not null,
    constraint recalls_have_a_key primary key (index_id, probes, cutoff),
    constraint recall_belongs_to_an_index
        foreign key (index_id) references ann.indexes (index_id) on delete cascade,
    constraint recall_is_a_share check (
        mean between 0 and 1 and fifth_percentile between 0 and 1 and minimum between 0 and 1),
    constraint recall_has_a_sample check (sample_size >= 1)
);
comment on table ann.recall is 'How much of the exact result an index finds, measured with embeddings of users at each build.';
comment on column ann.recall.index_id is 'The index.';
comment on column ann.recall.probes is 'Lists that were read.';
comment on column ann.recall.cutoff is 'Length of the lists compared.';
comment on column ann.recall.mean is 'Mean over the sample of the share of the exact top items that were found.';
comment on column ann.recall.fifth_percentile is 'The share that 95 % of the sample reach: the mean hides the tail.';
comment on column ann.recall.minimum is 'The worst of the sample.';
comment on column ann.recall.sample_size is 'Queries in the sample.';
