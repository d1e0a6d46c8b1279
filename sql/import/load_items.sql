-- Adds versions of items from the staged rows; what says nothing new adds nothing.
--
-- Grain   one row per item and moment since which something else is known of it
-- Reads   pg_temp.staged_items, source.item_versions, source.imports
-- Writes  source.item_versions
-- Params  import_id
--         started_at      start of the import
-- Note    The past stays as it was: what would be known before the features were last closed is
--         known from that moment on, and a version that is stored is never replaced. The newest
--         row of an item also says what holds now. Where that is not what the newest version says,
--         it is known from the import's start on, even if it held before and then did not.
--         Only a moment of the row's own can be too old for that: the row then belongs to the past.
with

late as (
    select source.closed_through() as closed_through
),

-- Who begins has tables without history: what is there on the first day is taken as always known,
-- or no day before could be evaluated. What comes later is known from its import on.
dated as (
    select
        s.*,
        late.closed_through,
        case
            when s.known_at is not null then s.known_at
            when late.closed_through is null and not exists (
                select from source.item_versions as v where v.item_id = s.item_id
            )
                then '2000-01-01 00:00:00+00'::timestamptz
            else :'started_at'::timestamptz
        end as stated_at
    from pg_temp.staged_items as s
    cross join late
),

-- Of several versions before the closing, the last one is what is known then.
floored as (
    select distinct on (d.item_id, greatest(d.stated_at, d.closed_through))
        d.*,
        greatest(d.stated_at, d.closed_through) as floored_at
    from dated as d
    order by
        d.item_id, greatest(d.stated_at, d.closed_through),
        d.stated_at desc, d.file_number, d.line_number
),

last_of_each as (
    select distinct on (f.item_id) f.*
    from floored as f
    order by f.item_id, f.floored_at desc
),

placed as (
    select f.*, f.floored_at as version_at
    from floored as f
    where not exists (
        select from source.item_versions as v
        where v.item_id = f.item_id and v.known_at = f.floored_at
    )

    union all

    -- A version known since its import ran has no moment of its own to be newer by.
    select
        l.*,
        greatest(:'started_at'::timestamptz, n.known_at + interval '1 microsecond') as version_at
    from last_of_each as l
    cross join lateral (
        select v.known_at, v.content_hash, v.import_id
        from source.item_versions as v
        where v.item_id = l.item_id
        order by v.known_at desc
        limit 1
    ) as n
    left join source.imports as m on m.import_id = n.import_id
    where n.known_at >= l.floored_at
        and n.content_hash <> l.content_hash
        and (
            not l.has_own_moment
            or n.known_at = l.floored_at
            or n.known_at between m.started_at and m.finished_at
        )
),

-- What was said of the item before, in this load and in the table.
preceded as (
    select
        p.*,
        lag(p.content_hash) over by_moment as staged_hash,
        lag(p.version_at) over by_moment as staged_at,
        e.content_hash as existing_hash,
        e.known_at as existing_at
    from placed as p
    left join lateral (
        select v.content_hash, v.known_at
        from source.item_versions as v
        where v.item_id = p.item_id and v.known_at <= p.version_at
        order by v.known_at desc
        limit 1
    ) as e on true
    window by_moment as (partition by p.item_id order by p.version_at)
)

insert into source.item_versions (
    item_id, known_at, creator_id, kind, created_at, is_available, caption, language, tags,
    attributes, content_hash, import_id)
select
    item_id, version_at, creator_id, kind, created_at, is_available, caption, language, tags,
    attributes, content_hash, :'import_id'::bigint
from preceded
where content_hash is distinct from
    case
        when existing_at is null or staged_at > existing_at then staged_hash
        else existing_hash
    end
order by item_id, version_at
on conflict (item_id, known_at) do nothing;
