-- Users whom the step rank had no time for, by how long they have been waiting.
--
-- Grain   one row per publication, kind of list and date since when they wait
-- Reads   monitor.list_counts, serving.recommendation_lists, serving.publications, feature.user_snapshots
-- Note    Publications that the step monitor has counted are read from there; lists are counted for the
--         others alone.
create or replace view monitor.deferred_users as
with

counts as (
    select c.publication_id, c.list_kind, c.deferred_since, c.user_count, c.mean_event_count_28d
    from monitor.list_counts as c
    where c.deferred_since < 'infinity'

    union all

    select p.publication_id, l.list_kind, l.deferred_since, l.user_count, l.mean_event_count_28d
    from serving.publications as p
    cross join lateral (
        select l.list_kind, l.deferred_since, count(*) as user_count,
            avg(s.event_count_28d)::double precision as mean_event_count_28d
        from serving.recommendation_lists as l
        left join feature.user_snapshots as s
            on s.user_id = l.user_id and s.as_of_date = p.as_of_date
        where l.publication_id = p.publication_id and l.deferred_since is not null
        group by l.list_kind, l.deferred_since
    ) as l
    where not exists (
        select from monitor.list_counts as c where c.publication_id = p.publication_id)
)

select
    p.publication_id,
    p.as_of_date,
    c.list_kind,
    c.deferred_since,
    p.as_of_date - c.deferred_since as wait_days,
    c.user_count,
    c.mean_event_count_28d
from counts as c
inner join serving.publications as p on p.publication_id = c.publication_id;

comment on view monitor.deferred_users is 'Users whom the step rank had no time for, by how long they have been waiting.';
comment on column monitor.deferred_users.publication_id is 'The publication.';
comment on column monitor.deferred_users.as_of_date is 'It used what was known before 00:00 UTC of this date.';
comment on column monitor.deferred_users.list_kind is 'kept: they have the list of an earlier publication; fallback: what is popular in their cohort.';
comment on column monitor.deferred_users.deferred_since is 'Date of the first of the publications in a row that had no time for them: kept lists are older than that.';
comment on column monitor.deferred_users.wait_days is 'Days from then to the date of the publication.';
comment on column monitor.deferred_users.user_count is 'Users who have been waiting since.';
comment on column monitor.deferred_users.mean_event_count_28d is 'Mean events of these users in the four weeks before the date; null where there is no snapshot of any.';
grant select on monitor.deferred_users to vitrine_job, vitrine_analyst, vitrine_dashboard;
