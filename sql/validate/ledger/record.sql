-- Records what a check found.
--
-- Writes  monitor.check_results
-- Params  run_id, check_name, severity, owner, action, violation_count, sample, duration_seconds
insert into monitor.check_results (
    run_id, check_name, severity, owner, action, violation_count, sample, duration_seconds)
values (
    :'run_id'::bigint,
    :'check_name'::text,
    :'severity'::text,
    :'owner'::text,
    :'action'::text,
    :'violation_count'::bigint,
    :'sample'::jsonb,
    :'duration_seconds'::double precision);
