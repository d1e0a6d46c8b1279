-- Removes what an earlier attempt of this run left of a model that is to be trained, and the models that
-- read it: rankers of a two-tower, and the first stages of those.
--
-- Writes  model.models
-- Params  run_id, kind, purpose
delete from model.models
where base_model_id in (
    select r.model_id
    from model.models as m
    inner join model.models as r on r.base_model_id = m.model_id
    where m.run_id = :'run_id'::bigint and m.kind = :'kind'::text and m.purpose = :'purpose'::text);

delete from model.models
where base_model_id in (
    select m.model_id
    from model.models as m
    where m.run_id = :'run_id'::bigint and m.kind = :'kind'::text and m.purpose = :'purpose'::text);

delete from model.models
where run_id = :'run_id'::bigint and kind = :'kind'::text and purpose = :'purpose'::text;
