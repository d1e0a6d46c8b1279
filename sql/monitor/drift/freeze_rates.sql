-- Freezes how often each action followed an impression, over a week, for a model.
--
-- Grain   one row per action, where the model has none yet
-- Reads   monitor.drift_rates, monitor.drift_references
-- Writes  monitor.drift_references
-- Params  space_id, as_of_date
insert into monitor.drift_references
    (space_id, subject, feature, kind, as_of_date, known_count, mean, standard_error)
select
    :'space_id'::bigint, 'labels', r.feature, 'rate', :'as_of_date'::date, r.exposures, r.rate,
    r.standard_error
from monitor.drift_rates(:'as_of_date'::date, 7) as r
where not exists (
    select from monitor.drift_references as f
    where f.space_id = :'space_id'::bigint and f.kind = 'rate');
