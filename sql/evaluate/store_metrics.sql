-- Stores the measures of a model.
--
-- Grain   one row per element of the arrays
-- Writes  model.metrics
-- Params  model_id, protocol
--         cohorts, metric_names, cutoffs, metric_values, lower_bounds, upper_bounds, user_counts
-- Note    A bound that is not a number stands for none.
insert into model.metrics
    (model_id, protocol, cohort, metric_name, cutoff, value, lower_bound, upper_bound, user_count)
select
    :'model_id'::bigint,
    :'protocol'::text,
    m.cohort,
    m.metric_name,
    m.cutoff,
    m.metric_value,
    nullif(m.lower_bound, 'NaN'),
    nullif(m.upper_bound, 'NaN'),
    m.user_count
from unnest(
    :'cohorts'::text[], :'metric_names'::text[], :'cutoffs'::integer[],
    :'metric_values'::double precision[], :'lower_bounds'::double precision[],
    :'upper_bounds'::double precision[], :'user_counts'::bigint[])
    as m (cohort, metric_name, cutoff, metric_value, lower_bound, upper_bound, user_count);
