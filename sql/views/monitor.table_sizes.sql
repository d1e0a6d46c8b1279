-- How large tables and their indexes were, run by run, and what of them is dead.
--
-- Grain   one row per run and table
-- Reads   monitor.measures, ops.runs
create or replace view monitor.table_sizes as
select
    m.run_id,
    r.job_name,
    r.as_of_date,
    m.subject as table_name,
    max(m.value) filter (where m.measure_name = 'table_size') as table_bytes,
    max(m.value) filter (where m.measure_name = 'index_size') as index_bytes,
    max(m.value) filter (where m.measure_name = 'dead_row_share') as dead_row_share
from monitor.measures as m
inner join ops.runs as r on r.run_id = m.run_id
where m.measure_name in (
        'table_size', 'index_size', 'dead_row_share')
group by m.run_id, r.job_name, r.as_of_date, m.subject;

comment on view monitor.table_sizes is 'How large tables and their indexes were after each run, partitions included.';
comment on column monitor.table_sizes.run_id is 'The run.';
comment on column monitor.table_sizes.job_name is 'The job.';
comment on column monitor.table_sizes.as_of_date is 'The date of the run.';
comment on column monitor.table_sizes.table_name is 'Schema and table.';
comment on column monitor.table_sizes.table_bytes is 'Size without indexes.';
comment on column monitor.table_sizes.index_bytes is 'Size of its indexes.';
comment on column monitor.table_sizes.dead_row_share is 'Share of rows that are dead and not cleared yet; null below a thousand rows.';
grant select on monitor.table_sizes to vitrine_job, vitrine_analyst, vitrine_dashboard;
