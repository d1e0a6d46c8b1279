-- Records what is lost by one pair of encodings. How large the pair is that is stored, the step monitor
-- adds: sql/monitor/measure_encodings.sql.
--
-- Writes  model.encoding_losses
-- Params  space_id, user_encoding, item_encoding, is_stored, recall_10, recall_100,
--         recall_100_fifth_percentile, sample_size, user_squared_error, item_squared_error
insert into model.encoding_losses
    (space_id, user_encoding, item_encoding, is_stored, recall_10, recall_100,
     recall_100_fifth_percentile, sample_size, user_squared_error, item_squared_error)
values (
    :'space_id'::bigint,
    :'user_encoding'::text,
    :'item_encoding'::text,
    :'is_stored'::boolean,
    :'recall_10'::double precision,
    :'recall_100'::double precision,
    :'recall_100_fifth_percentile'::double precision,
    :'sample_size'::integer,
    :'user_squared_error'::double precision,
    :'item_squared_error'::double precision);
