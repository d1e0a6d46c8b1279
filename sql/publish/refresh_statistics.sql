-- Refreshes the planner's statistics of the lists of a publication.
--
-- Params  publication_id
select
    ops.refresh_statistics('serving', 'recommendation_lists_' || :'publication_id'::bigint) as lists,
    ops.refresh_statistics('serving', 'similar_item_lists_' || :'publication_id'::bigint) as similar,
    ops.refresh_statistics('serving', 'candidate_lists_' || :'publication_id'::bigint) as candidates,
    ops.refresh_statistics('serving', 'candidate_fates_' || :'publication_id'::bigint) as fates,
    ops.refresh_statistics('serving', 'ranked_lists_' || :'publication_id'::bigint) as ranked;
