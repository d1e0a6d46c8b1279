-- Closes an attempt at a step that did its work.
--
-- Writes  ops.steps
-- Params  run_id, step_name, attempt, rows_in, rows_out, details   a negative count is unknown
update ops.steps
set status = 'succeeded',
    finished_at = clock_timestamp(),
    rows_in = case when :'rows_in'::bigint >= 0 then :'rows_in'::bigint end,
    rows_out = case when :'rows_out'::bigint >= 0 then :'rows_out'::bigint end,
    rows_per_second = greatest(:'rows_in'::bigint, :'rows_out'::bigint, 0)
        / greatest(extract(epoch from clock_timestamp() - started_at)::double precision, 0.000001),
    details = :'details'::jsonb
where run_id = :'run_id'::bigint
    and step_name = :'step_name'::text
    and attempt = :'attempt'::integer;
