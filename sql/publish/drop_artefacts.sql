-- Lets go of the bytes of models whose publication is no longer kept; the models stay on record.
--
-- Writes  model.artefacts
-- Params  run_id   the run that is under way keeps its own
-- Note    A run that was not published keeps its models until it is a week old: it may be taken up.
delete from model.artefacts as a
using model.models as m
where m.model_id = a.model_id
    and m.run_id <> :'run_id'::bigint
    and not exists (
        select from serving.publications as p
        where p.status = 'published' and (p.run_id = m.run_id or p.model_id = m.model_id))
    and m.created_at < clock_timestamp() - interval '7 days';
