-- What the ranker predicts beside what came true.
--
-- Title     Reliability of the ranker
-- Question  Does what it calls likely come true as often as it says?
-- Chart     lines
-- Grain     one row per task and bin of predictions
-- Reads     monitor.reliability
-- Output    measure, series, x (mean prediction), label, y (share of positives)
-- Note      Of the three tasks with the most positives.
with

newest as (
    select
        b.task_name,
        b.mean_prediction,
        b.prediction_count,
        b.positive_share
    from monitor.reliability as b
    where b.run_id = (select max(n.run_id) from monitor.reliability as n)
        and b.calibrated = 'each_night'
),

tasks as (
    select
        n.task_name,
        row_number() over (order by sum(n.prediction_count * n.positive_share) desc, n.task_name) as place
    from newest as n
    group by n.task_name
),

points as (
    select t.place, n.task_name as series, n.mean_prediction as x, avg(n.positive_share) as y
    from newest as n
    inner join tasks as t on t.task_name = n.task_name and t.place <= 3
    group by t.place, n.task_name, n.mean_prediction

    union all

    select 0, 'perfect', v.x, v.x
    from (values (0.0::double precision), (1.0::double precision)) as v (x)
    where exists (select from newest)
)

select
    'share that came true, by what was predicted' as measure,
    p.series,
    p.x,
    to_char(p.x, 'FM0.00') as label,
    p.y
from points as p
order by p.place, p.x;
