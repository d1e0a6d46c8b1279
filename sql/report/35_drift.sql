-- The features that are furthest from what the model learned from.
--
-- Title     Drift
-- Question  What is no longer as it was when the model was trained?
-- Chart     bars
-- Empty     No run has compared yet.
-- Grain     one row per feature, the furthest first
-- Reads     monitor.feature_drift
-- Output    label, value (effect over the smallest that counts), note, state
-- Note      The effect as a multiple of the smallest that counts as drift, of the statistic of the feature that
--           is furthest: what is red is beyond it and no chance.
select
    f.label,
    f.value,
    f.note,
    case when f.is_drifted then 'bad' else 'plain' end as state
from (
    select distinct on (d.subject, d.feature)
        d.subject || '.' || d.feature as label,
        coalesce(abs(d.effect) / nullif(d.smallest_effect, 0), 0)::double precision as value,
        d.statistic as note,
        d.is_drifted
    from monitor.feature_drift as d
    where d.effect is not null and d.smallest_effect > 0
    order by d.subject, d.feature, d.is_drifted desc, abs(d.effect) / d.smallest_effect desc
) as f
order by f.is_drifted desc, f.value desc, f.label
limit 12;
