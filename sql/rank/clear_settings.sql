-- Removes what an earlier attempt recorded of how a publication is ranked.
--
-- Writes  serving.publication_terms, serving.publication_rules
-- Params  publication_id
delete from serving.publication_terms where publication_id = :'publication_id'::bigint;

delete from serving.publication_rules where publication_id = :'publication_id'::bigint;
