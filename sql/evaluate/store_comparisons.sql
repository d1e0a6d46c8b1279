-- Stores how a challenger and a champion differ.
--
-- Grain   one row per element of the arrays
-- Writes  model.comparisons
-- Params  challenger_model_id, champion_model_id, protocol
--         cohorts, metric_names, cutoffs, challenger_values, champion_values, differences,
--         lower_bounds, upper_bounds, user_counts
insert into model.comparisons
    (challenger_model_id, champion_model_id, protocol, cohort, metric_name, cutoff,
     challenger_value, champion_value, difference, lower_bound, upper_bound, user_count)
select
    :'challenger_model_id'::bigint,
    :'champion_model_id'::bigint,
    :'protocol'::text,
    c.cohort,
    c.metric_name,
    c.cutoff,
    c.challenger_value,
    c.champion_value,
    c.difference,
    c.lower_bound,
    c.upper_bound,
    c.user_count
from unnest(
    :'cohorts'::text[], :'metric_names'::text[], :'cutoffs'::integer[],
    :'challenger_values'::double precision[], :'champion_values'::double precision[],
    :'differences'::double precision[], :'lower_bounds'::double precision[],
    :'upper_bounds'::double precision[], :'user_counts'::bigint[])
    as c (cohort, metric_name, cutoff, challenger_value, champion_value, difference, lower_bound,
          upper_bound, user_count);
