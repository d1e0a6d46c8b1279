-- Lets go of the bytes of models that will not serve again; the models stay on record.
--
-- Reads   serving.publications, model.models, monitor.champions, model.rollback_path
-- Writes  model.artefacts
-- Params  run_id   the run that is under way keeps its own
-- Note    Kept are both models of a run, that which serves and that which measures it:
--         of runs whose publication is kept, the refused challengers among them;
--         of models behind a publication that is kept;
--         of the champion, of the one it replaced, of the two that two roll-backs in a row would go
--         to, and of those who were champion since the oldest publication that is kept;
--         of a run that was not published, until it is a week old: it may be taken up.
--         Under the lock of promote/lock_deployments, so that nobody goes back meanwhile to a model
--         that is let go of.
with

kept_publications as (
    select p.run_id, p.model_id, p.published_at
    from serving.publications as p
    where p.status = 'published'
),

kept_models as (
    select p.model_id
    from kept_publications as p
    union
    select c.model_id
    from monitor.champions as c
    where coalesce(c.champion_until, 'infinity') >= (
        select coalesce(min(p.published_at), 'infinity') from kept_publications as p)
    union
    select c.replaced_model_id
    from monitor.champions as c
    where c.champion_until is null
    union
    select r.model_id
    from model.rollback_path(2) as r
),

kept_runs as (
    select p.run_id
    from kept_publications as p
    union
    select m.run_id
    from model.models as m
    inner join kept_models as k on k.model_id = m.model_id
)

delete from model.artefacts as a
using model.models as m
where m.model_id = a.model_id
    and m.run_id <> :'run_id'::bigint
    and not exists (select from kept_runs as k where k.run_id = m.run_id)
    and m.created_at < clock_timestamp() - interval '7 days';
