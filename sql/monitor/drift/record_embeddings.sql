-- Records how far the embeddings of a night lie from those with which the model first served.
--
-- Grain   one row per subject and statistic
-- Writes  monitor.drift
-- Params  run_id, as_of_date, space_id
--         reference_date
--         subject                 user_embeddings or item_embeddings
--         statistics, values, effects   in the same order
--         p_values                NaN where there is none
--         reference_count, current_count
insert into monitor.drift
    (run_id, subject, feature, kind, statistic, as_of_date, reference_space_id, reference_date, value,
     effect, p_value, reference_count, current_count)
select
    :'run_id'::bigint, :'subject'::text, 'embedding', 'embedding', s.statistic, :'as_of_date'::date,
    :'space_id'::bigint, :'reference_date'::date, s.value, s.effect, nullif(s.p_value, 'NaN'),
    :'reference_count'::double precision, :'current_count'::double precision
from unnest(
    :'statistics'::text[], :'values'::double precision[], :'effects'::double precision[],
    :'p_values'::double precision[]) as s (statistic, value, effect, p_value);
