-- Refreshes the planner's statistics of the lists of a publication, and of the embeddings that they are made of.
--
-- Reads   serving.publications
-- Params  publication_id
-- Note    Tables that were filled tonight: what checks and measures them reads them whole.
select
    ops.refresh_statistics('serving', 'recommendation_lists_' || p.publication_id) as lists,
    ops.refresh_statistics('serving', 'similar_item_lists_' || p.publication_id) as similar,
    ops.refresh_statistics('serving', 'candidate_lists_' || p.publication_id) as candidates,
    ops.refresh_statistics('serving', 'candidate_fates_' || p.publication_id) as fates,
    ops.refresh_statistics('serving', 'ranked_lists_' || p.publication_id) as ranked,
    ops.refresh_statistics('model', 'user_vectors_' || p.model_id) as users,
    ops.refresh_statistics('model', 'item_vectors_' || p.model_id) as items
from serving.publications as p
where p.publication_id = :'publication_id'::bigint;
