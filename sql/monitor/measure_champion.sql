-- What the run's model gains on the champion, user by user on what was held out of both.
--
-- Grain   one row per measure, metric and cohort; none where the run has compared none
-- Reads   model.decisions, model.comparisons
-- Writes  monitor.measures
-- Params  run_id
-- Note    champion_gain is the mean difference, the others the ends of its 95 % bootstrap interval: an upper
--         end below 0 says that the challenger is worse beyond chance.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

differences as (
    select distinct on (c.metric_name, c.cohort)
        c.metric_name, c.cohort, c.difference, c.lower_bound, c.upper_bound
    from model.decisions as d
    inner join model.comparisons as c
        on c.model_id = d.challenger_model_id and c.other_model_id = d.champion_model_id
    where d.run_id = :'run_id'::bigint
    order by c.metric_name, c.cohort, c.cutoff desc
)

select :'run_id'::bigint, 'model', m.measure_name, d.metric_name || '/' || d.cohort, m.value, 'difference'
from differences as d
cross join lateral (values
    ('champion_gain', d.difference),
    ('champion_gain_lower', d.lower_bound),
    ('champion_gain_upper', d.upper_bound)
) as m (measure_name, value);
