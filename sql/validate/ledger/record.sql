-- Records what a check found.
--
-- Writes  monitor.check_results
-- Params  run_id, check_name, severity, violation_count, sample
insert into monitor.check_results (run_id, check_name, severity, violation_count, sample)
values (
    :'run_id'::bigint,
    :'check_name'::text,
    :'severity'::text,
    :'violation_count'::bigint,
    :'sample'::jsonb);
