-- Removes the rows of a publication; the publication itself stays on record as dropped.
--
-- Params  publication_id, model_id
select
    ops.drop_list_partition('serving', 'candidate_lists', :'publication_id'::bigint) as candidates_dropped,
    ops.drop_list_partition('serving', 'similar_item_lists', :'publication_id'::bigint) as similar_dropped,
    ops.drop_list_partition('serving', 'recommendation_lists', :'publication_id'::bigint)
        as recommendations_dropped;

delete from serving.fallbacks where publication_id = :'publication_id'::bigint;

update serving.publications
set status = 'dropped', published_at = coalesce(published_at, clock_timestamp())
where publication_id = :'publication_id'::bigint;

-- Embeddings live as long as a publication that was made from them.
select
    ops.drop_list_partition('model', 'user_embeddings', :'model_id'::bigint) as users_dropped,
    ops.drop_list_partition('model', 'item_embeddings', :'model_id'::bigint) as items_dropped
where not exists (
    select from serving.publications as p
    where p.model_id = :'model_id'::bigint and p.status <> 'dropped');
