-- Whether embeddings use the directions they have, run by run.
--
-- Grain   one row per run and kind of embedding
-- Reads   monitor.measures, ops.runs
create or replace view monitor.embedding_health as
select
    m.run_id,
    r.job_name,
    r.as_of_date,
    m.subject as embedded,
    max(m.value) filter (where m.measure_name = 'embedding_effective_rank') as effective_rank,
    max(m.value) filter (where m.measure_name = 'embedding_rank_share') as rank_share,
    max(m.value) filter (where m.measure_name = 'embedding_first_direction_share') as first_direction_share,
    max(m.value) filter (where m.measure_name = 'embedding_mean_share') as mean_share,
    max(m.value) filter (where m.measure_name = 'embedding_mean_norm') as mean_norm
from monitor.measures as m
inner join ops.runs as r on r.run_id = m.run_id
where m.measure_name in (
        'embedding_effective_rank', 'embedding_rank_share', 'embedding_first_direction_share',
        'embedding_mean_share', 'embedding_mean_norm')
group by m.run_id, r.job_name, r.as_of_date, m.subject;

comment on view monitor.embedding_health is 'Whether embeddings use the directions they have: a collapse shows as a falling effective rank.';
comment on column monitor.embedding_health.run_id is 'The run.';
comment on column monitor.embedding_health.job_name is 'The job.';
comment on column monitor.embedding_health.as_of_date is 'The date of the run.';
comment on column monitor.embedding_health.embedded is 'items or users.';
comment on column monitor.embedding_health.effective_rank is 'Exponential of the entropy of the variance over directions: from 1 (one direction) to the dimension (all alike).';
comment on column monitor.embedding_health.rank_share is 'The same over the dimension.';
comment on column monitor.embedding_health.first_direction_share is 'Share of the variance along the direction that has most of it.';
comment on column monitor.embedding_health.mean_share is 'Squared length of the mean over the mean squared length: 1 where all embeddings are the same point.';
comment on column monitor.embedding_health.mean_norm is 'Mean length of an embedding.';
grant select on monitor.embedding_health to vitrine_job, vitrine_analyst, vitrine_dashboard;
