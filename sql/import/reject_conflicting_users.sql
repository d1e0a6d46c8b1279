-- Takes rows out of the staged users that contradict an earlier one of the same load: the same
-- user and known_at with other content.
--
-- Grain   one row per reason, with the number of records
-- Reads   pg_temp.staged_users
-- Writes  source.rejected_rows, pg_temp.staged_users
-- Params  import_id
--         file_names      names of the files, the first one being number 1
--         room            rejected rows that may still be listed
with

compared as (
    select
        file_number,
        line_number,
        raw_text,
        content_hash,
        first_value(content_hash) over (
            partition by user_id, known_at
            order by file_number, line_number
        ) as first_hash
    from pg_temp.staged_users
),

refused as (
    select file_number, line_number, raw_text
    from compared
    where content_hash <> first_hash
),

removed as (
    delete from pg_temp.staged_users as s
    using refused as r
    where s.file_number = r.file_number and s.line_number = r.line_number
),

listed as (
    insert into source.rejected_rows (
        import_id, file_name, line_number, reason, detail, raw_text)
    select
        :'import_id'::bigint,
        (:'file_names'::text[])[file_number],
        line_number,
        'conflicting_row',
        'The same user stood in the load before, known at the same moment, with other content.',
        raw_text
    from refused
    order by file_number, line_number
    limit :'room'::bigint
)

select 'conflicting_row' as reason, count(*) as record_count
from refused
having count(*) > 0;
