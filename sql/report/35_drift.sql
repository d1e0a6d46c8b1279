-- The features that are furthest from what the model learned from.
--
-- Title     Drift
-- Question  What is no longer as it was when the model was trained?
-- Chart     bars
-- Grain     one row per feature, the furthest first
-- Reads     monitor.feature_drift
-- Output    label, value (effect over the smallest that counts), note, state
-- Note      Of all statistics of a feature the one that is furthest beyond its floor; 1 is the floor.
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
