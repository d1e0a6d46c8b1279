-- The publication that a run is building or has published.
--
-- Grain   one row, or none
-- Reads   serving.publications
-- Params  run_id
select
    p.publication_id,
    p.model_id,
    p.weights_version,
    p.status,
    to_regclass('serving.candidate_lists_' || p.publication_id) is not null as has_candidates
from serving.publications as p
where p.run_id = :'run_id'::bigint;
