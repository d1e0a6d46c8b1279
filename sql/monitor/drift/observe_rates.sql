-- How often each action followed an impression on the day before, beside its reference.
--
-- Grain   one row per action of the reference
-- Reads   monitor.references_for, monitor.drift_rates
-- Writes  monitor.drift_observations
-- Params  run_id, as_of_date, space_id
insert into monitor.drift_observations
    (run_id, subject, feature, kind, space_id, as_of_date, known_count, mean, standard_error)
select
    :'run_id'::bigint, f.subject, f.feature, f.kind, f.space_id, :'as_of_date'::date, r.exposures, r.rate,
    r.standard_error
from monitor.references_for(:'as_of_date'::date, :'space_id'::bigint) as f
inner join monitor.drift_rates(:'as_of_date'::date, 1) as r on r.feature = f.feature
where f.kind = 'rate';
