-- Adds the creators of the staged items that are not there yet.
--
-- Grain   one row per creator
-- Reads   pg_temp.staged_items
-- Writes  source.creators
-- Params  started_at      start of the import
-- Note    Without a moment, those of the first day are taken as always known, as the items are.
with

late as (
    select source.closed_through() as closed_through
)

insert into source.creators (creator_id, known_at)
select
    s.creator_id,
    greatest(
        min(
            case
                when s.known_at is not null then s.known_at
                when late.closed_through is null then '2000-01-01 00:00:00+00'::timestamptz
                else :'started_at'::timestamptz
            end),
        min(late.closed_through))
from pg_temp.staged_items as s
cross join late
where s.creator_id is not null
group by s.creator_id
order by s.creator_id
on conflict (creator_id) do nothing;
