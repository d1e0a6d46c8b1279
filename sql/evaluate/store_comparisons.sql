-- Stores how a model differs from another on the same users.
--
-- Grain   one row per element of the arrays
-- Writes  model.comparisons
-- Params  model_id, other_model_id, protocol
--         cohorts, metric_names, cutoffs, values, other_values, differences, lower_bounds,
--         upper_bounds, user_counts
insert into model.comparisons
    (model_id, other_model_id, protocol, cohort, metric_name, cutoff, value, other_value,
     difference, lower_bound, upper_bound, user_count)
select
    :'model_id'::bigint,
    :'other_model_id'::bigint,
    :'protocol'::text,
    c.cohort,
    c.metric_name,
    c.cutoff,
    c.value,
    c.other_value,
    c.difference,
    c.lower_bound,
    c.upper_bound,
    c.user_count
from unnest(
    :'cohorts'::text[], :'metric_names'::text[], :'cutoffs'::integer[],
    :'values'::double precision[], :'other_values'::double precision[],
    :'differences'::double precision[], :'lower_bounds'::double precision[],
    :'upper_bounds'::double precision[], :'user_counts'::bigint[])
    as c (cohort, metric_name, cutoff, value, other_value, difference, lower_bound, upper_bound,
          user_count);
