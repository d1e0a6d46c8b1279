-- Nothing was imported before it happened: the clocks of those who log agree with the database's.
--
-- Check     warn
-- Owner     data
-- Action    Look at the time zone of the moments in the mapping, and at the clocks of the machines that log.
-- Settings  tolerated_seconds 300, window_days 1
-- Reads     source.interactions, source.imports
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per import
-- Note      The table itself takes nothing that happened after it became known: an import moves known_at to
--           the later of both. What gives a fast clock away is that the import had ended by then.
select
    'import ' || i.import_id as subject,
    'interactions that happened after their import had ended'::text as detail,
    count(*) as violation_count
from source.interactions as i
inner join source.imports as m on m.import_id = i.import_id
where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    and i.known_at >= (:'as_of_date'::date - :'window_days'::integer)::timestamp at time zone 'UTC'
    and i.occurred_at > m.finished_at + make_interval(secs => :'tolerated_seconds'::double precision)
group by i.import_id
order by violation_count desc, i.import_id;
