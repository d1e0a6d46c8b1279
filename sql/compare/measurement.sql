-- What is kept by user of an evaluation model.
--
-- Grain   one row, or none
-- Reads   model.measurements
-- Params  model_id
select m.protocol, m.learned_by, m.held_out_hash, m.metric_names, m.cutoffs
from model.measurements as m
where m.model_id = :'model_id'::bigint;
