-- Exact duplicates in the imported logs stay under a twentieth of the rows, by day known.
--
-- Check   warn
-- Reads   source.interactions
-- Params  as_of_date
-- Output  subject, detail, violation_count   the count is the surplus rows of the day
select
    (i.known_at at time zone 'UTC')::date::text as subject,
    'rows that stood more than once'::text as detail,
    (sum(i.repeat_count) - count(*))::bigint as violation_count
from source.interactions as i
where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    and i.known_at >= (:'as_of_date'::date - 28)::timestamp at time zone 'UTC'
group by (i.known_at at time zone 'UTC')::date
having sum(i.repeat_count) - count(*) > 0.05 * sum(i.repeat_count)
order by violation_count desc, subject;
