-- Where the time of the steps evaluate, retrieve and rank went: by source, by stage of the funnel.
--
-- Grain   one row per run, step and stage
-- Reads   ops.steps, serving.publications
-- Note    Stages are measured in the process that runs them: over several shards their times add up.
create or replace view monitor.step_stages as
select
    s.run_id,
    s.position,
    s.step_name,
    regexp_replace(d.key, '_milliseconds$', '') as stage,
    d.value::text::double precision / 1000 as seconds,
    u.user_count,
    u.user_count / nullif(d.value::text::double precision / 1000, 0) as users_per_second
from (
    select distinct on (t.run_id, t.step_name) t.run_id, t.position, t.step_name, t.details
    from ops.steps as t
    where t.status = 'succeeded'
    order by t.run_id, t.step_name, t.attempt desc
) as s
left join serving.publications as p on p.run_id = s.run_id
cross join lateral (
    select case s.step_name
        when 'evaluate' then (s.details ->> 'users')::bigint + (s.details ->> 'new_users')::bigint
        else p.user_count
    end as user_count
) as u
cross join lateral jsonb_each(s.details) as d
where d.key like '%\_milliseconds' and jsonb_typeof(d.value) = 'number';

comment on view monitor.step_stages is 'Where the time of the steps evaluate, retrieve and rank went: by source, by stage of the funnel.';
comment on column monitor.step_stages.run_id is 'The run.';
comment on column monitor.step_stages.position is 'Place of the step in its job, from 1.';
comment on column monitor.step_stages.step_name is 'evaluate, retrieve or rank.';
comment on column monitor.step_stages.stage is 'In retrieve the source, or write. In evaluate those of retrieve and rank, and read (what is learned and held out), popularity, item_cosine, two_tower (embeddings and lists), funnel_items (what the funnel reads of items), measure (figures with intervals), compare, ranker (its figures, and the baselines that learn the same), gate. In rank candidates (reading them), user_features (of the ranker), filters and factors (their statements), first_stage (merge, filters and cut), second_stage (the ranker), rerank, write.';
comment on column monitor.step_stages.seconds is 'Time in the stage.';
comment on column monitor.step_stages.user_count is 'In evaluate those who were asked for; else those of the publication, null before it is published.';
comment on column monitor.step_stages.users_per_second is 'Users over seconds.';
grant select on monitor.step_stages to vitrine_job, vitrine_analyst, vitrine_dashboard;
