-- What users were shown and what they did with it: the examples of the ranker.
--
-- Grain   one row per user and item shown on the day, by user_id and item_id
-- Reads   source.interactions, source.actions
-- Params  as_of_date           only what was known before 00:00 UTC of this date
--         exposure_date        the day, in UTC
--         tasks                names of actions, each a task of the ranker, and watch_time
--         from_bucket, until_bucket   of users, both inclusive
-- Output  surface      where it was shown, empty where not known
--         known_date   the day on which the last of it became known
--         labels       in the order of tasks: 1 where the user did it on that day, else 0; for watch_time the
--                      seconds, up to 300, because a player that is left running says nothing more
-- Note    Whatever is done to an item, it was shown: any action makes an exposure. An item that is shown
--         twice on a day stands once.
with

shown as (
    select
        i.user_id,
        i.item_id,
        array_agg(distinct a.action_name) as action_names,
        sum(i.value) filter (where a.action_name = 'watch') as watch_seconds,
        min(i.surface) as surface,
        max((i.known_at at time zone 'UTC')::date) as known_date
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at >= :'exposure_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at < (:'exposure_date'::date + 1)::timestamp at time zone 'UTC'
        and ((i.user_id # (i.user_id >> 10) # (i.user_id >> 20) # (i.user_id >> 40)) & 1023)
            between :'from_bucket'::smallint and :'until_bucket'::smallint
    group by i.user_id, i.item_id
)

select
    s.user_id,
    s.item_id,
    coalesce(s.surface, '') as surface,
    s.known_date,
    array(
        select case
            when t.task = 'watch_time' then least(greatest(coalesce(s.watch_seconds, 0), 0), 300)
            else (t.task = any (s.action_names))::integer
        end::real
        from unnest(:'tasks'::text[]) with ordinality as t (task, place)
        order by t.place
    ) as labels
from shown as s
order by s.user_id, s.item_id;
