-- Closes the breakers of sources that answered.
--
-- Writes  ops.breakers
-- Params  source_names, run_id
-- Note    A source that failed in another shard of the run has failed.
delete from ops.breakers
where breaker_name in (select 'source/' || n.name from unnest(:'source_names'::text[]) as n (name))
    and failed_run_id <> :'run_id'::bigint;
