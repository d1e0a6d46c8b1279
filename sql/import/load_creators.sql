-- Adds the creators of the staged items that are not there yet.
--
-- Grain   one row per creator
-- Reads   pg_temp.staged_items
-- Writes  source.creators
insert into source.creators (creator_id, known_at)
select
    creator_id,
    greatest(min(known_at), coalesce(source.closed_through(), '-infinity'::timestamptz))
from pg_temp.staged_items
where creator_id is not null
group by creator_id
order by creator_id
on conflict (creator_id) do nothing;
