-- Refreshes the planner's statistics of the lists of a publication, and of the embeddings that they are made of.
--
-- Reads   serving.publications
-- Params  publication_id
-- Note    Tables that were filled tonight: what checks and measures them reads them whole.
select ops.refresh_statistics(t.table_schema, t.table_name)
from serving.publications as p
cross join lateral (values
    ('serving', 'recommendation_lists_' || p.publication_id),
    ('serving', 'similar_item_lists_' || p.publication_id),
    ('serving', 'candidate_lists_' || p.publication_id),
    ('serving', 'candidate_fates_' || p.publication_id),
    ('serving', 'ranked_lists_' || p.publication_id),
    ('model', 'user_vectors_' || p.model_id),
    ('model', 'item_vectors_' || p.model_id)
) as t (table_schema, table_name)
where p.publication_id = :'publication_id'::bigint
    and to_regclass(t.table_schema || '.' || t.table_name) is not null;
