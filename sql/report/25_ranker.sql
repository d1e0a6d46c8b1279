-- How well the ranker tells what users do with what they are shown.
--
-- Title     Ranker
-- Question  Do its probabilities order what is shown, and do they come true?
-- Chart     table
-- Columns   task | AUC | calibration error | predicted / observed
-- Grain     one row per task
-- Reads     monitor.model_quality
-- Output    cells, state
with

figures as (
    select
        regexp_replace(q.metric_name, '_(auc|calibration_error|calibration)$', '') as task,
        substring(q.metric_name from '_(auc|calibration_error|calibration)$') as figure,
        -- Calibrated anew each night where there is such a measurement.
        (array_agg(q.value order by q.protocol desc))[1] as value
    from monitor.model_quality as q
    where q.kind = 'ranker'
        and q.cohort = 'all'
        and q.run_id = (select max(n.run_id) from monitor.model_quality as n where n.kind = 'ranker')
    group by task, figure
)

select array[
    f.task,
    coalesce(to_char(max(f.value) filter (where f.figure = 'auc'), 'FM0.0000'), '–'),
    coalesce(to_char(max(f.value) filter (where f.figure = 'calibration_error'), 'FM0.0000'), '–'),
    coalesce(to_char(max(f.value) filter (where f.figure = 'calibration'), 'FM990.00'), '–')
] as cells, 'plain' as state
from figures as f
where f.figure is not null
group by f.task
order by f.task;
