-- Removes what an earlier attempt of this run at the step left.
--
-- Writes  monitor.measures, monitor.list_counts, monitor.funnel_history
-- Params  run_id, publication_id
delete from monitor.measures where run_id = :'run_id'::bigint;

delete from monitor.list_counts where publication_id = :'publication_id'::bigint;

delete from monitor.funnel_history where publication_id = :'publication_id'::bigint;
