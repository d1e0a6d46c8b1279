-- Opens the publication of a run, or finds the one that an earlier attempt opened.
--
-- Grain   one row: its identifier
-- Reads   serving.weights
-- Writes  serving.publications
-- Params  run_id, as_of_date, model_id
insert into serving.publications (run_id, as_of_date, model_id, weights_version)
select
    :'run_id'::bigint,
    :'as_of_date'::date,
    :'model_id'::bigint,
    max(w.weights_version)
from serving.weights as w
on conflict (run_id) do update
    set model_id = excluded.model_id, weights_version = excluded.weights_version
    where publications.status = 'building'
returning publication_id;
