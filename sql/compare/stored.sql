-- What was found when two models were compared, the first as challenger or as champion.
--
-- Grain   one row per cohort, metric and cutoff, all users first; none when they never were
-- Reads   model.comparisons
-- Params  first_model_id, second_model_id   serving models
-- Output  difference   first less second, with its interval
with

as_challenger as (
    select
        c.protocol, c.cohort, c.metric_name, c.cutoff,
        c.value as first_value,
        c.other_value as second_value,
        c.difference, c.lower_bound, c.upper_bound, c.user_count
    from model.comparisons as c
    where c.model_id = :'first_model_id'::bigint
        and c.other_model_id = :'second_model_id'::bigint
),

as_champion as (
    select
        c.protocol, c.cohort, c.metric_name, c.cutoff,
        c.other_value as first_value,
        c.value as second_value,
        -c.difference as difference,
        -c.upper_bound as lower_bound,
        -c.lower_bound as upper_bound,
        c.user_count
    from model.comparisons as c
    where c.model_id = :'second_model_id'::bigint
        and c.other_model_id = :'first_model_id'::bigint
        -- Each was the other's challenger once: the first as challenger is what was asked.
        and not exists (select from as_challenger)
)

select
    f.protocol, f.cohort, f.metric_name, f.cutoff, f.first_value, f.second_value, f.difference,
    f.lower_bound, f.upper_bound, f.user_count
from (
    select * from as_challenger
    union all
    select * from as_champion
) as f
order by f.cohort <> 'all', f.cohort, f.metric_name, f.cutoff;
