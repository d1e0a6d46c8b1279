-- Figures of two evaluation models, user by user.
--
-- Grain   one row per user that both were measured on, by user_id
-- Reads   model.user_metrics
-- Params  first_model_id, second_model_id   evaluation models
select f.cohort, f.metric_values as first_values, s.metric_values as second_values
from model.user_metrics as f
inner join model.user_metrics as s
    on s.user_id = f.user_id and s.model_id = :'second_model_id'::bigint
where f.model_id = :'first_model_id'::bigint
order by f.user_id;
