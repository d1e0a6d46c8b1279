-- The publication that is explained, whether it has a list of the user, and whether what lists were
-- chosen from is kept.
--
-- Grain   one row
-- Reads   serving.publications, serving.recommendation_lists
-- Params  publication_id   0 for the current one
--         user_id
select
    p.publication_id,
    p.as_of_date,
    p.model_id,
    p.ranker_model_id,
    p.weights_version,
    exists (
        select from serving.recommendation_lists as l
        where l.user_id = :'user_id'::bigint and l.publication_id = p.publication_id) as has_list,
    to_regclass('serving.candidate_lists_' || p.publication_id) is not null as has_candidates
from serving.publications as p
where p.publication_id = serving.require_publication(nullif(:'publication_id'::bigint, 0));
