-- The ranker of a publication.
--
-- Grain   one row; null where it has none
-- Reads   serving.publications
-- Params  publication_id
select p.ranker_model_id
from serving.publications as p
where p.publication_id = :'publication_id'::bigint;
