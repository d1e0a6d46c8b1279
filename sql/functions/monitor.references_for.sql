-- The references that a run compares with.
--
-- Grain   one row per subject, feature and kind
-- Reads   monitor.drift_references, serving.publications
-- Note    What data looked like when the model behind the publication before was frozen: a model that is
--         trained and promoted in the run itself has learned the data that are to be judged, and says
--         nothing of them. Scores and embeddings are compared with the same model's alone: another has
--         others.
create or replace function monitor.references_for(as_of date, space bigint)
returns setof monitor.drift_references
language sql
stable
parallel safe
begin atomic
    select r.*
    from monitor.drift_references as r
    where r.as_of_date < as_of
        and r.space_id = case
            when r.subject in ('scores', 'user_embeddings', 'item_embeddings') then space
            else (
                select p.model_id
                from serving.publications as p
                where p.published_at is not null
                    and p.as_of_date < as_of
                    and exists (
                        select from monitor.drift_references as o
                        where o.space_id = p.model_id and o.as_of_date < as_of)
                order by p.as_of_date desc, p.publication_id desc
                limit 1)
        end;
end;

comment on function monitor.references_for(date, bigint) is
    'The references that a run as of a date, with a model, compares with.';
revoke all on function monitor.references_for(date, bigint) from public;
grant execute on function monitor.references_for(date, bigint) to vitrine_job, vitrine_analyst;
