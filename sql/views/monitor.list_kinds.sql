-- How the users of each publication came to their lists.
--
-- Grain   one row per publication and kind of list
-- Reads   monitor.list_counts, serving.recommendation_lists, serving.publications, feature.user_snapshots
-- Note    Those with a kept list, and those on a fallback to whom sources had proposed items, wait for a run
--         with time enough: monitor.funnel counts their candidates as deferred. Publications that the step
--         monitor has counted are read from there; lists are counted for the others alone.
create or replace view monitor.list_kinds as
with

counts as (
    select c.publication_id, c.list_kind, sum(c.user_count)::bigint as user_count,
        sum(c.mean_event_count_28d * c.user_count)
            / sum(c.user_count) filter (where c.mean_event_count_28d is not null)
            as mean_event_count_28d
    from monitor.list_counts as c
    group by c.publication_id, c.list_kind

    union all

    select p.publication_id, l.list_kind, l.user_count, l.mean_event_count_28d
    from serving.publications as p
    cross join lateral (
        select l.list_kind, count(*) as user_count,
            avg(s.event_count_28d)::double precision as mean_event_count_28d
        from serving.recommendation_lists as l
        left join feature.user_snapshots as s
            on s.user_id = l.user_id and s.as_of_date = p.as_of_date
        where l.publication_id = p.publication_id
        group by l.list_kind
    ) as l
    where not exists (
        select from monitor.list_counts as c where c.publication_id = p.publication_id)
)

select
    p.publication_id,
    p.as_of_date,
    c.list_kind,
    c.user_count,
    c.user_count::double precision / sum(c.user_count) over (partition by p.publication_id) as user_share,
    c.mean_event_count_28d
from counts as c
inner join serving.publications as p on p.publication_id = c.publication_id;

comment on view monitor.list_kinds is 'How the users of each publication came to their lists: ranked, kept, or fallen back.';
comment on column monitor.list_kinds.publication_id is 'The publication.';
comment on column monitor.list_kinds.as_of_date is 'It used what was known before 00:00 UTC of this date.';
comment on column monitor.list_kinds.list_kind is 'model: ranked for this publication; kept: the list of an earlier one; fallback: what is popular in the cohort of the user.';
comment on column monitor.list_kinds.user_count is 'Users with such a list.';
comment on column monitor.list_kinds.user_share is 'The same as a share of all users of the publication, in [0, 1].';
comment on column monitor.list_kinds.mean_event_count_28d is 'Mean events of these users in the four weeks before the date; null where there is no snapshot of any.';
grant select on monitor.list_kinds to vitrine_job, vitrine_analyst, vitrine_dashboard;
