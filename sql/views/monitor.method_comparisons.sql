-- What would be published against the two-tower alone and each baseline, user by user on what was held out.
--
-- Grain   one row per run, other method, cohort, metric and cutoff
-- Reads   model.comparisons, model.models
-- Note    Most of what figures vary by is common to all methods and cancels in a difference: its interval
--         is narrower than two intervals side by side suggest.
create or replace view monitor.method_comparisons as
select
    greatest(m.run_id, o.run_id) as run_id,
    c.model_id,
    m.kind,
    c.other_model_id,
    o.kind as other_kind,
    c.protocol,
    c.cohort,
    c.metric_name,
    c.cutoff,
    c.value,
    c.other_value,
    c.difference,
    c.lower_bound,
    c.upper_bound,
    c.user_count
from model.comparisons as c
inner join model.models as m on m.model_id = c.model_id
inner join model.models as o on o.model_id = c.other_model_id
-- Challengers and champions are of one kind: monitor.model_comparisons.
where m.kind <> o.kind;

comment on view monitor.method_comparisons is 'What would be published against the two-tower alone and each baseline, user by user on what was held out.';
comment on column monitor.method_comparisons.run_id is 'The run that compared.';
comment on column monitor.method_comparisons.model_id is 'The model of the method in model.models.';
comment on column monitor.method_comparisons.kind is 'The method that would be published: the funnel; without one the two-tower.';
comment on column monitor.method_comparisons.other_model_id is 'The model of the other method.';
comment on column monitor.method_comparisons.other_kind is 'What it is compared with: two_tower, or a baseline: popularity, item_cosine.';
comment on column monitor.method_comparisons.protocol is 'How both were measured, with the dates.';
comment on column monitor.method_comparisons.cohort is 'Which users: all, an activity cohort, or new_users, who are not among all.';
comment on column monitor.method_comparisons.metric_name is 'The measure: recall or ndcg.';
comment on column monitor.method_comparisons.cutoff is 'Length of the list that was judged.';
comment on column monitor.method_comparisons.value is 'The measure of the method.';
comment on column monitor.method_comparisons.other_value is 'The measure of the other.';
comment on column monitor.method_comparisons.difference is 'The method less the other, the mean over users.';
comment on column monitor.method_comparisons.lower_bound is 'Lower end of the 95 % bootstrap interval of the paired difference.';
comment on column monitor.method_comparisons.upper_bound is 'Upper end of the interval; one that does not hold 0 tells the two apart.';
comment on column monitor.method_comparisons.user_count is 'Users behind it.';
grant select on monitor.method_comparisons to vitrine_job, vitrine_analyst, vitrine_dashboard;
