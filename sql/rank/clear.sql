-- Removes what an earlier attempt of this run at the step left.
--
-- Params  publication_id
delete from serving.recommendation_lists where publication_id = :'publication_id'::bigint;
