-- What each run published: spread over the catalogue, popularity bias, lag, and who waits.
--
-- Grain   one row per run
-- Reads   monitor.measures, ops.runs
create or replace view monitor.publication_health as
select
    m.run_id,
    r.job_name,
    r.as_of_date,
    max(m.value) filter (where m.measure_name = 'catalogue_coverage') as catalogue_coverage,
    max(m.value) filter (where m.measure_name = 'exposure_gini') as exposure_gini,
    max(m.value) filter (where m.measure_name = 'popular_1_percent_share') as popular_1_percent_share,
    max(m.value) filter (where m.measure_name = 'popularity_lift') as popularity_lift,
    max(m.value) filter (where m.measure_name = 'top_1_percent_share') as top_1_percent_share,
    max(m.value) filter (where m.measure_name = 'mean_list_length') as mean_list_length,
    max(m.value) filter (where m.measure_name = 'fallback_share') as fallback_share,
    max(m.value) filter (where m.measure_name = 'users_without_recommendations') as users_without_recommendations,
    max(m.value) filter (where m.measure_name = 'publication_lag') as publication_lag_seconds,
    max(m.value) filter (where m.measure_name = 'event_to_recommendation') as event_to_recommendation_seconds,
    max(m.value) filter (where m.measure_name = 'deferred_users') as deferred_users,
    max(m.value) filter (where m.measure_name = 'longest_wait') as longest_wait_days
from monitor.measures as m
inner join ops.runs as r on r.run_id = m.run_id
where m.measure_name in (
        'catalogue_coverage', 'exposure_gini', 'popular_1_percent_share', 'popularity_lift',
        'top_1_percent_share', 'mean_list_length', 'fallback_share',
        'users_without_recommendations', 'publication_lag', 'event_to_recommendation',
        'deferred_users', 'longest_wait')
    and m.subject = 'all'
group by m.run_id, r.job_name, r.as_of_date;

comment on view monitor.publication_health is 'What each run published: spread over the catalogue, popularity bias, lag, and who waits.';
comment on column monitor.publication_health.run_id is 'The run.';
comment on column monitor.publication_health.job_name is 'The job.';
comment on column monitor.publication_health.as_of_date is 'The date of the run.';
comment on column monitor.publication_health.catalogue_coverage is 'Share of the available items that stand in some list.';
comment on column monitor.publication_health.exposure_gini is 'Gini coefficient of places over the catalogue: 0 for all items alike, 1 for all places to one.';
comment on column monitor.publication_health.popular_1_percent_share is 'Share of places that go to the 1 % of items most liked in the four weeks before.';
comment on column monitor.publication_health.popularity_lift is 'The same over the share of positives that they had: above 1, they are recommended more than they are liked.';
comment on column monitor.publication_health.top_1_percent_share is 'Share of places that go to the 1 % of items most recommended.';
comment on column monitor.publication_health.mean_list_length is 'Items in a list.';
comment on column monitor.publication_health.fallback_share is 'Share of users with a fallback list.';
comment on column monitor.publication_health.users_without_recommendations is 'Users without any.';
comment on column monitor.publication_health.publication_lag_seconds is 'From 00:00 UTC of the date to the publication.';
comment on column monitor.publication_health.event_to_recommendation_seconds is 'From when the newest event it used became known to the publication.';
comment on column monitor.publication_health.deferred_users is 'Users whom the step rank had no time for.';
comment on column monitor.publication_health.longest_wait_days is 'Days for which the first of them has been waiting.';
grant select on monitor.publication_health to vitrine_job, vitrine_analyst, vitrine_dashboard;
