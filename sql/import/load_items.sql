-- Adds versions of items from the staged rows; what says nothing new adds nothing.
--
-- Grain   one row per item and moment since which something else is known of it
-- Reads   pg_temp.staged_items, source.item_versions
-- Writes  source.item_versions
-- Params  import_id
--         started_at      start of the import
-- Note    The past stays as it was: what would be known before the features were last closed is
--         known from that moment on, and what would replace a version of the same moment is known
--         from the import's start on.
with

late as (
    select coalesce(source.closed_through(), '-infinity'::timestamptz) as closed_through
),

-- Of several versions before the closing, the last one is what is known then.
floored as (
    select distinct on (s.item_id, greatest(s.known_at, late.closed_through))
        s.*,
        greatest(s.known_at, late.closed_through) as floored_at
    from pg_temp.staged_items as s
    cross join late
    order by
        s.item_id, greatest(s.known_at, late.closed_through),
        s.known_at desc, s.file_number, s.line_number
),

moved as (
    select
        f.*,
        case
            when v.content_hash <> f.content_hash
                then greatest(:'started_at'::timestamptz, f.floored_at + interval '1 microsecond')
            else f.floored_at
        end as version_at
    from floored as f
    left join source.item_versions as v
        on v.item_id = f.item_id and v.known_at = f.floored_at
),

-- What was said of the item before, in this load and in the table.
preceded as (
    select
        m.*,
        lag(m.content_hash) over by_moment as staged_hash,
        lag(m.version_at) over by_moment as staged_at,
        e.content_hash as existing_hash,
        e.known_at as existing_at
    from moved as m
    left join lateral (
        select v.content_hash, v.known_at
        from source.item_versions as v
        where v.item_id = m.item_id and v.known_at <= m.version_at
        order by v.known_at desc
        limit 1
    ) as e on true
    window by_moment as (partition by m.item_id order by m.version_at)
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
