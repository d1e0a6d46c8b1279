-- Exact duplicates in the imported logs are few, by day known.
--
-- Check     warn
-- Owner     data
-- Action    See whether a log is delivered twice. Models are not hurt: a duplicate counts once.
-- Settings  largest_share 0.05, window_days 7
-- Reads     monitor.event_days
-- Params    as_of_date
-- Output    subject, detail, violation_count   the count is the surplus rows of the day
select
    d.known_date::text as subject,
    'rows that stood more than once'::text as detail,
    (sum(d.repeat_count) - sum(d.event_count))::bigint as violation_count
from monitor.event_days as d
where d.known_date < :'as_of_date'::date
    and d.known_date >= :'as_of_date'::date - :'window_days'::integer
group by d.known_date
having sum(d.repeat_count) - sum(d.event_count)
    > :'largest_share'::double precision * sum(d.repeat_count)
order by violation_count desc, subject;
