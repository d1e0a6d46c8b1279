-- What users were shown and what they did with it: the examples of the ranker.
--
-- Grain   one row per user, item and day on which it was shown, by user_id, date and item_id
-- Reads   source.interactions, source.actions
-- Params  as_of_date           only what was known before 00:00 UTC of this date
--         from_date            first day of exposures
--         tasks                names of actions, each a task of the ranker
--         from_bucket, until_bucket   of users, both inclusive
-- Output  labels          1 where the user did it on that day, else 0, in the order of tasks
--         watch_seconds   null where the item was not watched, or nobody says
--         surface         where it was shown, empty where not known
-- Note    Whatever is done to an item, it was shown: any action makes an exposure. An item that is shown
--         twice on a day stands once.
with

shown as (
    select
        i.user_id,
        (i.occurred_at at time zone 'UTC')::date as occurred_date,
        i.item_id,
        array_agg(distinct a.action_name) as action_names,
        sum(i.value) filter (where a.action_name = 'watch') as watch_seconds,
        min(i.surface) as surface,
        min(i.position) as position
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at >= :'from_date'::date::timestamp at time zone 'UTC'
        and ((i.user_id # (i.user_id >> 10) # (i.user_id >> 20) # (i.user_id >> 40)) & 1023)
            between :'from_bucket'::smallint and :'until_bucket'::smallint
    group by i.user_id, (i.occurred_at at time zone 'UTC')::date, i.item_id
)

select
    s.user_id,
    s.occurred_date,
    s.item_id,
    array(
        select (t.task = any (s.action_names))::integer::real
        from unnest(:'tasks'::text[]) with ordinality as t (task, place)
        order by t.place
    ) as labels,
    s.watch_seconds::real as watch_seconds,
    coalesce(s.surface, '') as surface,
    s.position
from shown as s
order by s.user_id, s.occurred_date, s.item_id;
