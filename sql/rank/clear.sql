-- Removes what an earlier attempt of this run at the step left.
--
-- Params  publication_id
delete from serving.recommendation_lists where publication_id = :'publication_id'::bigint;

delete from serving.ranked_lists where publication_id = :'publication_id'::bigint;

delete from serving.candidate_fates where publication_id = :'publication_id'::bigint;

delete from serving.funnel_counts where publication_id = :'publication_id'::bigint;

delete from serving.publication_terms where publication_id = :'publication_id'::bigint;

delete from serving.publication_rules where publication_id = :'publication_id'::bigint;
