-- How far each feature is from its reference, as of the newest run that compared it.
--
-- Grain   one row per job, subject, feature, kind and statistic
-- Reads   monitor.drift, ops.runs, monitor.drift_observations, monitor.drift_references
-- Note    The history of a feature stands in monitor.drift: where subject = … and feature = … and
--         statistic = … order by as_of_date.
create or replace view monitor.feature_drift as
select
    r.job_name,
    d.run_id,
    d.as_of_date,
    d.subject,
    d.feature,
    d.kind,
    d.statistic,
    d.value,
    d.effect,
    d.smallest_effect,
    d.p_value,
    d.adjusted_p_value,
    d.significance,
    d.is_drifted,
    d.reference_space_id,
    d.reference_date,
    d.reference_count,
    d.current_count,
    f.mean as reference_mean,
    o.mean as current_mean
from (
    select distinct on (n.job_name) n.job_name, n.run_id
    from ops.runs as n
    where exists (select from monitor.drift as c where c.run_id = n.run_id)
    order by n.job_name, n.as_of_date desc, n.run_id desc
) as r
inner join monitor.drift as d on d.run_id = r.run_id
left join monitor.drift_observations as o
    on o.run_id = d.run_id and o.subject = d.subject and o.feature = d.feature and o.kind = d.kind
left join monitor.drift_references as f
    on f.space_id = d.reference_space_id and f.subject = d.subject and f.feature = d.feature
    and f.kind = d.kind;

comment on view monitor.feature_drift is 'How far each feature, label, score and embedding is from its reference, as of the newest run of each job that compared.';
comment on column monitor.feature_drift.job_name is 'The job.';
comment on column monitor.feature_drift.run_id is 'Its run.';
comment on column monitor.feature_drift.as_of_date is 'What was compared was known before 00:00 UTC of this date.';
comment on column monitor.feature_drift.subject is 'Where the feature stands.';
comment on column monitor.feature_drift.feature is 'The feature, attribute, action or term.';
comment on column monitor.feature_drift.kind is 'numeric, category, rate or embedding.';
comment on column monitor.feature_drift.statistic is 'The statistic.';
comment on column monitor.feature_drift.value is 'Its value.';
comment on column monitor.feature_drift.effect is 'What is compared with the smallest effect.';
comment on column monitor.feature_drift.smallest_effect is 'The effect that a drift takes; infinity where it is not watched.';
comment on column monitor.feature_drift.p_value is 'Chance of as much without drift; null where it has no distribution to tell.';
comment on column monitor.feature_drift.adjusted_p_value is 'The same over all tests of the run.';
comment on column monitor.feature_drift.significance is 'The adjusted p-value that a drift takes.';
comment on column monitor.feature_drift.is_drifted is 'Whether it is significant and large enough.';
comment on column monitor.feature_drift.reference_space_id is 'The model whose reference it was compared with.';
comment on column monitor.feature_drift.reference_date is 'The date of the reference.';
comment on column monitor.feature_drift.reference_count is 'Rows of the reference: users or items; exposures of a rate.';
comment on column monitor.feature_drift.current_count is 'Rows of the night.';
comment on column monitor.feature_drift.reference_mean is 'Mean of the reference, or its rate; null for categories and embeddings.';
comment on column monitor.feature_drift.current_mean is 'Mean of the night, or its rate; null for categories and embeddings.';
grant select on monitor.feature_drift to vitrine_job, vitrine_analyst, vitrine_dashboard;
