-- Takes records out of the staged interactions that name a user or an item nobody has imported.
--
-- Grain   one row per reason, with the number of records
-- Reads   source.user_versions, source.item_versions, pg_temp.staged_interactions
-- Writes  source.rejected_rows, pg_temp.staged_interactions
-- Params  import_id
--         file_names      names of the files, the first one being number 1
--         room            rejected rows that may still be listed
-- Note    A record goes as a whole, even if only one event of it names an unknown item.
with

unknown_events as (
    select
        s.file_number,
        s.line_number,
        not exists (select from source.user_versions as u where u.user_id = s.user_id)
            as is_user_unknown
    from pg_temp.staged_interactions as s
    where not exists (select from source.user_versions as u where u.user_id = s.user_id)
        or not exists (select from source.item_versions as i where i.item_id = s.item_id)
),

refused as (
    select
        file_number,
        line_number,
        case when bool_or(is_user_unknown) then 'unknown_user' else 'unknown_item' end as reason
    from unknown_events
    group by file_number, line_number
),

removed as (
    delete from pg_temp.staged_interactions as s
    using refused as r
    where s.file_number = r.file_number and s.line_number = r.line_number
    returning s.file_number, s.line_number, s.raw_text
),

listed as (
    insert into source.rejected_rows (
        import_id, file_name, line_number, reason, detail, raw_text)
    select
        :'import_id'::bigint,
        (:'file_names'::text[])[r.file_number],
        r.line_number,
        r.reason,
        case r.reason
            when 'unknown_user' then 'The user has not been imported.'
            else 'The item has not been imported.'
        end,
        d.raw_text
    from refused as r
    inner join removed as d
        on d.file_number = r.file_number and d.line_number = r.line_number
        and d.raw_text is not null
    order by r.file_number, r.line_number
    limit :'room'::bigint
)

select reason, count(*) as record_count
from refused
group by reason
order by reason;
