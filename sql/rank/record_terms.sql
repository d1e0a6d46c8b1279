-- Records the terms of a publication and their weights.
--
-- Reads   serving.publications, serving.weights
-- Writes  serving.publication_terms
-- Params  publication_id
--         term_names   in the order in which lists have them; one without a weight counts 0
insert into serving.publication_terms (publication_id, place, term_name, weight)
select p.publication_id, t.place, t.term_name, coalesce(w.weight, 0)
from serving.publications as p
cross join unnest(:'term_names'::text[]) with ordinality as t (term_name, place)
left join serving.weights as w
    on w.weights_version = p.weights_version and w.term_name = t.term_name
where p.publication_id = :'publication_id'::bigint;
