-- The imports of the last days ended, and refused few of their records.
--
-- Check   warn
-- Owner   data
-- Action  Read source.rejected_rows of the import, mend the mapping or the file, and import it again.
-- Settings  largest_share 0.01, window_days 7
-- Reads   source.imports
-- Output  subject, detail, violation_count   one row per import
-- Note    Imports are judged by their own time: they say how the data came, not what it is about.
--         The days are those before the newest import.
select
    m.import_id::text as subject,
    case
        when m.status = 'failed' then 'import failed'
        when m.rejected_count > :'largest_share'::double precision * m.read_count
            then 'import refused too many of its records'
        else 'import did not end'
    end as detail,
    greatest(m.rejected_count, 1) as violation_count
from source.imports as m
where m.started_at > (select max(n.started_at) from source.imports as n)
        - make_interval(days => :'window_days'::integer)
    and (m.status = 'failed'
        or (m.status = 'running' and m.started_at < clock_timestamp() - interval '1 day')
        or m.rejected_count > :'largest_share'::double precision * m.read_count)
order by m.import_id;
