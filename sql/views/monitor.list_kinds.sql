-- How the users of each publication came to their lists.
--
-- Grain   one row per publication and kind of list
-- Reads   serving.recommendation_lists, serving.publications, feature.user_snapshots
-- Note    Those with a kept list, and those on a fallback to whom sources had proposed items, wait for a run
--         with time enough: monitor.funnel counts their candidates as deferred.
create or replace view monitor.list_kinds as
select
    p.publication_id,
    p.as_of_date,
    l.list_kind,
    count(*) as user_count,
    count(*)::double precision / sum(count(*)) over (partition by p.publication_id) as user_share,
    avg(s.event_count_28d)::double precision as mean_event_count_28d
from serving.publications as p
inner join serving.recommendation_lists as l on l.publication_id = p.publication_id
left join feature.user_snapshots as s on s.user_id = l.user_id and s.as_of_date = p.as_of_date
group by p.publication_id, p.as_of_date, l.list_kind;

comment on view monitor.list_kinds is 'How the users of each publication came to their lists: ranked, kept, or fallen back.';
comment on column monitor.list_kinds.publication_id is 'The publication.';
comment on column monitor.list_kinds.as_of_date is 'It used what was known before 00:00 UTC of this date.';
comment on column monitor.list_kinds.list_kind is 'model: ranked for this publication; kept: the list of an earlier one; fallback: what is popular in the cohort of the user.';
comment on column monitor.list_kinds.user_count is 'Users with such a list.';
comment on column monitor.list_kinds.user_share is 'The same as a share of all users of the publication, in [0, 1].';
comment on column monitor.list_kinds.mean_event_count_28d is 'Mean events of these users in the four weeks before the date; null where the snapshot is no longer kept.';
grant select on monitor.list_kinds to vitrine_job, vitrine_analyst, vitrine_dashboard;
