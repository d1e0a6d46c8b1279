-- Adds the staged events, exact duplicates as one row that says how often it stood there.
--
-- Grain   one row per distinct event
-- Reads   pg_temp.staged_interactions, pg_temp.collapsed_interactions
-- Writes  source.interactions, pg_temp.collapsed_interactions
-- Params  import_id
-- Note    Loading the same content again adds nothing. A larger number of repeats is kept, unless
--         the features that counted the row are closed. Only the last statement adds rows.
insert into pg_temp.collapsed_interactions (
    user_id, item_id, action_id, occurred_at, event_key, value, surface, position, request_id,
    repeat_count, known_at)
select
    user_id,
    item_id,
    action_id,
    occurred_at,
    event_key,
    min(value),
    min(surface),
    min(position),
    min(request_id),
    least(count(*), 32767)::smallint,
    greatest(min(known_at), coalesce(source.closed_through(), '-infinity'::timestamptz))
from pg_temp.staged_interactions
group by user_id, item_id, action_id, occurred_at, event_key;

analyze pg_temp.collapsed_interactions;

select source.ensure_interaction_partitions(
    m.month_start at time zone 'UTC', m.month_start at time zone 'UTC')
from (
    select distinct date_trunc('month', occurred_at at time zone 'UTC') as month_start
    from pg_temp.collapsed_interactions
) as m
order by m.month_start;

update source.interactions as i
set repeat_count = c.repeat_count
from pg_temp.collapsed_interactions as c
where i.user_id = c.user_id
    and i.item_id = c.item_id
    and i.action_id = c.action_id
    and i.occurred_at = c.occurred_at
    and i.event_key = c.event_key
    and i.repeat_count < c.repeat_count
    and i.known_at >= coalesce(source.closed_through(), '-infinity'::timestamptz)
    -- Lets the planner leave out the months that the load does not touch.
    and i.occurred_at >= (select min(occurred_at) from pg_temp.collapsed_interactions)
    and i.occurred_at <= (select max(occurred_at) from pg_temp.collapsed_interactions);

insert into source.interactions (
    user_id, item_id, action_id, occurred_at, event_key, value, surface, position, request_id,
    repeat_count, known_at, import_id)
select
    user_id, item_id, action_id, occurred_at, event_key, value, surface, position, request_id,
    repeat_count, known_at, :'import_id'::bigint
from pg_temp.collapsed_interactions
order by user_id, item_id, action_id, occurred_at, event_key
on conflict (user_id, item_id, action_id, occurred_at, event_key) do nothing;
