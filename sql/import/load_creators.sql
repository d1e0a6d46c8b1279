-- Adds the creators of the staged items that are not there yet.
--
-- Grain   one row per creator
-- Reads   pg_temp.staged_items
-- Writes  source.creators
-- Params  started_at      start of the import
with

late as (
    select source.closed_through() as closed_through
)

insert into source.creators (creator_id, known_at)
select
    s.creator_id,
    greatest(
        min(coalesce(s.known_at, :'started_at'::timestamptz)),
        min(late.closed_through))
from pg_temp.staged_items as s
cross join late
where s.creator_id is not null
group by s.creator_id
order by s.creator_id
on conflict (creator_id) do nothing;
