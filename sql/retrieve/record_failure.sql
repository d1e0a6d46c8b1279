-- Records that a source failed in a run, and leaves it out of the publication; opens its breaker when it has
-- failed in so many runs in a row.
--
-- Reads   serving.sources
-- Writes  ops.breakers, serving.publication_sources
-- Params  publication_id, run_id, as_of_date, error_message
--         source_name
--         failure_limit   runs in a row that open the breaker
-- Note    A run counts once, however many of its shards the source fails in.
insert into ops.breakers as b (breaker_name, failure_count, failed_run_id, error_message, opened_on)
values (
    'source/' || :'source_name'::text,
    1,
    :'run_id'::bigint,
    :'error_message'::text,
    case when :'failure_limit'::integer <= 1 then :'as_of_date'::date end)
on conflict (breaker_name) do update
set failure_count = b.failure_count + (b.failed_run_id <> excluded.failed_run_id)::integer,
    failed_run_id = excluded.failed_run_id,
    error_message = excluded.error_message,
    opened_on = case
        when b.failure_count + (b.failed_run_id <> excluded.failed_run_id)::integer
            >= :'failure_limit'::integer
        then :'as_of_date'::date
    end,
    updated_at = clock_timestamp();

update serving.publication_sources as p
set left_out_reason = 'failed'
from serving.sources as s
where s.source_id = p.source_id
    and s.source_name = :'source_name'::text
    and p.publication_id = :'publication_id'::bigint;
