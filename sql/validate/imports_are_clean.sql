-- The imports of the last week ended, and refused fewer than one record in a hundred.
--
-- Check   warn
-- Reads   source.imports
-- Output  subject, detail, violation_count   one row per import
-- Note    Imports are judged by their own time: they say how the data came, not what it is about.
select
    m.import_id::text as subject,
    case
        when m.status = 'failed' then 'import failed'
        when m.rejected_count > 0.01 * m.read_count then 'import refused more than 1 % of its records'
        else 'import did not end'
    end as detail,
    greatest(m.rejected_count, 1) as violation_count
from source.imports as m
where m.started_at > (select max(n.started_at) from source.imports as n) - interval '7 days'
    and (m.status = 'failed'
        or (m.status = 'running' and m.started_at < clock_timestamp() - interval '1 day')
        or m.rejected_count > 0.01 * m.read_count)
order by m.import_id;
