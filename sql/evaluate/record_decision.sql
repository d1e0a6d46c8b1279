-- Records what the gate said of the model of a run.
--
-- Writes  model.decisions
-- Params  run_id, challenger_model_id, outcome, reasons
--         champion_model_id (negative: none), protocol (empty: none)
--         challenger_slope, champion_slope   not a number stands for none
insert into model.decisions
    (run_id, challenger_model_id, champion_model_id, protocol, outcome, reasons,
     challenger_slope, champion_slope)
values (
    :'run_id'::bigint,
    :'challenger_model_id'::bigint,
    case when :'champion_model_id'::bigint >= 0 then :'champion_model_id'::bigint end,
    nullif(:'protocol'::text, ''),
    :'outcome'::text,
    :'reasons'::text[],
    nullif(:'challenger_slope'::double precision, 'NaN'),
    nullif(:'champion_slope'::double precision, 'NaN'));
