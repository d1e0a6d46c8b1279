-- The weights of the terms of a score.
--
-- Grain   one row: the three weights
-- Reads   serving.weights
-- Params  weights_version
select
    coalesce(max(w.weight) filter (where w.term_name = 'affinity'), 0) as affinity,
    coalesce(max(w.weight) filter (where w.term_name = 'popularity'), 0) as popularity,
    coalesce(max(w.weight) filter (where w.term_name = 'freshness'), 0) as freshness
from serving.weights as w
where w.weights_version = :'weights_version'::integer;
