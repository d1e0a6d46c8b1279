-- Stores the bins of a reliability diagram.
--
-- Grain   one row per element of the arrays
-- Writes  model.reliability
-- Params  model_id, protocol, calibrated, task_name
--         prediction_counts, mean_predictions, positive_shares   by rising prediction
insert into model.reliability
    (model_id, protocol, task_name, bin_number, calibrated, prediction_count, mean_prediction,
     positive_share)
select
    :'model_id'::bigint, :'protocol'::text, :'task_name'::text, b.bin_number, :'calibrated'::text,
    b.prediction_count, b.mean_prediction, b.positive_share
from unnest(
    :'prediction_counts'::bigint[], :'mean_predictions'::double precision[],
    :'positive_shares'::double precision[])
    with ordinality as b (prediction_count, mean_prediction, positive_share, bin_number);
