-- What a publication holds.
--
-- Grain   one row
-- Reads   serving.publications
-- Params  publication_id
select p.user_count, p.recommendation_count, coalesce(p.checksum, '') as checksum
from serving.publications as p
where p.publication_id = :'publication_id'::bigint;
