-- Comparisons of any two models, not of challengers and champions alone: the step evaluate compares what
-- would be published with the two-tower and the baselines, user by user.
alter table model.comparisons rename column challenger_model_id to model_id;
alter table model.comparisons rename column champion_model_id to other_model_id;
alter table model.comparisons rename column challenger_value to value;
alter table model.comparisons rename column champion_value to other_value;
comment on table model.comparisons is 'A model against another on the same users and held-out items: one row per measure and cohort. A challenger and a champion are named by their serving models and measured by the evaluation models of the same runs; the funnel, the two-tower and the baselines of an evaluation are named by what was measured.';
comment on column model.comparisons.model_id is 'The model: a challenger, or the method that would be published.';
comment on column model.comparisons.other_model_id is 'The model that it is compared with: the champion then, or another method on the same users.';
comment on column model.comparisons.cohort is 'Which users: all, an activity cohort, or new_users.';
comment on column model.comparisons.value is 'The measure of the model.';
comment on column model.comparisons.other_value is 'The measure of the other.';
comment on column model.comparisons.difference is 'The model less the other, the mean over users.';
