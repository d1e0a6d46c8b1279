-- Models whose embeddings need not be kept: behind no publication that is kept or being built.
--
-- Grain   one row per model
-- Reads   model.models, serving.publications
-- Note    One that was champion when a run embedded, and no longer when the run was taken up and
--         embedded again, has embeddings and no publication.
select m.model_id
from model.models as m
where m.kind = 'two_tower'
    and (to_regclass('model.user_vectors_' || m.model_id) is not null
        or to_regclass('model.item_vectors_' || m.model_id) is not null)
    and not exists (
        select from serving.publications as p
        where p.model_id = m.model_id and p.status <> 'dropped')
order by m.model_id;
