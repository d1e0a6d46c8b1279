-- Challengers against champions, user by user on what was held out, and what the gate said.
--
-- Grain   one row per challenger, cohort, metric and cutoff
-- Reads   model.comparisons, model.decisions
create or replace view monitor.model_comparisons as
select
    d.run_id,
    d.challenger_model_id,
    d.champion_model_id,
    c.protocol,
    c.cohort,
    c.metric_name,
    c.cutoff,
    c.value as challenger_value,
    c.other_value as champion_value,
    c.difference,
    c.lower_bound,
    c.upper_bound,
    c.user_count,
    d.outcome,
    array_to_string(d.reasons, '; ') as reason,
    d.decided_at
from model.comparisons as c
inner join model.decisions as d
    on d.challenger_model_id = c.model_id and d.champion_model_id = c.other_model_id;

comment on view monitor.model_comparisons is 'Challengers against champions, user by user on what was held out, and what the gate said.';
comment on column monitor.model_comparisons.run_id is 'The run that compared.';
comment on column monitor.model_comparisons.challenger_model_id is 'The model that was to replace the other.';
comment on column monitor.model_comparisons.champion_model_id is 'The champion then.';
comment on column monitor.model_comparisons.protocol is 'How both were measured, with the dates.';
comment on column monitor.model_comparisons.cohort is 'Which users.';
comment on column monitor.model_comparisons.metric_name is 'The measure.';
comment on column monitor.model_comparisons.cutoff is 'Length of the list that was judged.';
comment on column monitor.model_comparisons.challenger_value is 'The measure of the challenger.';
comment on column monitor.model_comparisons.champion_value is 'The measure of the champion.';
comment on column monitor.model_comparisons.difference is 'Challenger less champion, the mean over users.';
comment on column monitor.model_comparisons.lower_bound is 'Lower end of the 95 % bootstrap interval of the paired difference.';
comment on column monitor.model_comparisons.upper_bound is 'Upper end of the interval.';
comment on column monitor.model_comparisons.user_count is 'Users behind it.';
comment on column monitor.model_comparisons.outcome is 'What the gate said: promoted, passed (and left to a person) or refused.';
comment on column monitor.model_comparisons.reason is 'Why.';
comment on column monitor.model_comparisons.decided_at is 'When.';
grant select on monitor.model_comparisons to vitrine_job, vitrine_analyst, vitrine_dashboard;
