-- How users came to their lists, and how many wait for a run that has time for them.
--
-- Grain   first one row per kind of list and date since when its users wait, then one per measure
-- Reads   serving.recommendation_lists, feature.user_snapshots, monitor.list_counts
-- Writes  monitor.list_counts, monitor.measures
-- Params  run_id, as_of_date, publication_id
insert into monitor.list_counts
    (publication_id, list_kind, deferred_since, user_count, mean_event_count_28d)
select
    l.publication_id,
    l.list_kind,
    coalesce(l.deferred_since, 'infinity'),
    count(*),
    avg(s.event_count_28d)::double precision
from serving.recommendation_lists as l
left join feature.user_snapshots as s
    on s.user_id = l.user_id and s.as_of_date = :'as_of_date'::date
where l.publication_id = :'publication_id'::bigint
group by l.publication_id, l.list_kind, coalesce(l.deferred_since, 'infinity');

insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select :'run_id'::bigint, m.level, m.measure_name, 'all', m.value, m.unit
from (
    select
        sum(c.user_count) as user_count,
        sum(c.user_count) filter (where c.list_kind = 'fallback') as fallback_count,
        sum(c.user_count) filter (where c.deferred_since < 'infinity') as deferred_count,
        min(c.deferred_since) filter (where c.deferred_since < 'infinity') as waiting_since
    from monitor.list_counts as c
    where c.publication_id = :'publication_id'::bigint
    having sum(c.user_count) > 0
) as t
cross join lateral (values
    ('model', 'fallback_share',
        coalesce(t.fallback_count, 0)::double precision / t.user_count, 'ratio'),
    ('system', 'deferred_users', coalesce(t.deferred_count, 0)::double precision, 'users'),
    ('system', 'longest_wait',
        coalesce(:'as_of_date'::date - t.waiting_since, 0)::double precision, 'days')
) as m (level, measure_name, value, unit);
