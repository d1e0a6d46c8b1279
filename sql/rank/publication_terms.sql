-- The terms of a publication and their weights.
--
-- Grain   one row per term, by place
-- Reads   serving.publication_terms
-- Params  publication_id
select t.term_name, t.weight
from serving.publication_terms as t
where t.publication_id = :'publication_id'::bigint
order by t.place;
