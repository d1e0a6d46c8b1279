-- How far features, labels, scores and embeddings have drifted.
--
-- Grain   one row per subject and measure; drifted_features and compared_features by subject and over all
-- Reads   monitor.drift
-- Writes  monitor.measures
-- Params  run_id
-- Note    drift_<statistic> is the effect, of subject.feature, of few rows chance alone: drift_excess is what
--         has drifted, in floors of its effect, the largest of the statistics; 0 where nothing has.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

drift as (
    select d.*
    from monitor.drift as d
    where d.run_id = :'run_id'::bigint
),

subjects as (
    select 'all' as subject
    union all
    select distinct d.subject from drift as d
)

select
    :'run_id'::bigint, 'data', 'drift_' || d.statistic, d.subject || '.' || d.feature, max(d.effect), 'effect'
from drift as d
group by d.statistic, d.subject, d.feature

union all

select
    :'run_id'::bigint, 'data', 'drift_excess', d.subject || '.' || d.feature,
    coalesce(max(d.effect / d.smallest_effect) filter (where d.is_drifted), 0), 'floors'
from drift as d
group by d.subject, d.feature

union all

select
    :'run_id'::bigint, 'data', m.measure_name, s.subject,
    count(distinct (d.subject, d.feature)) filter (
        where d.run_id is not null and (d.is_drifted or m.counts_all)), 'features'
from subjects as s
cross join (values ('drifted_features', false), ('compared_features', true)) as m (measure_name, counts_all)
left join drift as d on s.subject in ('all', d.subject)
group by s.subject, m.measure_name;
