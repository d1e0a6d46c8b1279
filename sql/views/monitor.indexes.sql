-- Indexes of embeddings: what they find again of the exact result, and how they age.
--
-- Grain   one row per index
-- Reads   ann.indexes, ann.recall, serving.pointer
create or replace view monitor.indexes as
select
    i.index_id,
    i.run_id,
    i.publication_id,
    coalesce(p.is_current, false) as is_current,
    i.space_id,
    i.status,
    i.kind,
    i.reason,
    i.code,
    i.item_count,
    i.list_count,
    i.probes,
    r.cutoff as recall_cutoff,
    r.mean as recall_mean,
    r.fifth_percentile as recall_fifth_percentile,
    r.minimum as recall_minimum,
    i.parent_index_id,
    i.added_items,
    i.removed_items,
    i.moved_items::double precision / nullif(i.item_count, 0) as moved_share,
    i.imbalance,
    i.quantisation_error,
    i.quantisation_error / nullif(i.trained_quantisation_error, 0) as error_growth,
    i.item_count::double precision / nullif(i.trained_item_count, 0) as item_growth,
    i.bytes,
    i.build_seconds,
    i.created_at
from ann.indexes as i
left join serving.pointer as p on p.publication_id = i.publication_id
left join lateral (
    select r.cutoff, r.mean, r.fifth_percentile, r.minimum
    from ann.recall as r
    where r.index_id = i.index_id and r.searched_for = 'candidates' and r.probes = i.probes
    order by r.cutoff desc
    limit 1
) as r on true;

comment on view monitor.indexes is 'Indexes of embeddings: what they find again of the exact result, and how they age.';
comment on column monitor.indexes.index_id is 'The index.';
comment on column monitor.indexes.run_id is 'The run that made it.';
comment on column monitor.indexes.publication_id is 'The publication that it belongs to.';
comment on column monitor.indexes.is_current is 'Whether that is the current one.';
comment on column monitor.indexes.space_id is 'The space of its embeddings.';
comment on column monitor.indexes.status is 'ready, refused or dropped.';
comment on column monitor.indexes.kind is 'inverted_file or exact.';
comment on column monitor.indexes.reason is 'Why it is of this kind, and why its centroids were trained or kept.';
comment on column monitor.indexes.code is 'What stands in the lists beside the items.';
comment on column monitor.indexes.item_count is 'Items in all lists.';
comment on column monitor.indexes.list_count is 'Lists.';
comment on column monitor.indexes.probes is 'Lists that a search reads.';
comment on column monitor.indexes.recall_cutoff is 'Length of the lists that recall was measured by: the longest on record.';
comment on column monitor.indexes.recall_mean is 'Mean share of the exact result that is found with so many probes; null for an exact index.';
comment on column monitor.indexes.recall_fifth_percentile is 'The share that 95 % of the sampled users reach.';
comment on column monitor.indexes.recall_minimum is 'The worst of the sample.';
comment on column monitor.indexes.parent_index_id is 'The index whose centroids it goes on with; null where its own were trained.';
comment on column monitor.indexes.added_items is 'Items that the index before it did not have.';
comment on column monitor.indexes.removed_items is 'Items that the index before it had and it has not.';
comment on column monitor.indexes.moved_share is 'Share of items that stand in another list than in the parent.';
comment on column monitor.indexes.imbalance is 'Length of the longest list over the mean length.';
comment on column monitor.indexes.quantisation_error is 'Mean squared distance of items from the centroid of their list.';
comment on column monitor.indexes.error_growth is 'The same relative to when the centroids were trained.';
comment on column monitor.indexes.item_growth is 'Items relative to when the centroids were trained.';
comment on column monitor.indexes.bytes is 'Size of its lists and codebooks on disk.';
comment on column monitor.indexes.build_seconds is 'Seconds to build it and to measure its recall.';
comment on column monitor.indexes.created_at is 'When it was written.';
grant select on monitor.indexes to vitrine_job, vitrine_analyst, vitrine_dashboard;
