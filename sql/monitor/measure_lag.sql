-- How long it took from the newest event that the run could use to the recommendations it made of it.
--
-- Grain   one row, or none where nothing is published or nothing was known
-- Reads   source.interactions, serving.publications
-- Writes  monitor.measures
-- Params  run_id, as_of_date, publication_id
-- Note    From when the event became known, which is what a job can answer for; that events become known
--         late is another measure.
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
select
    :'run_id'::bigint, 'system', 'event_to_recommendation', 'all',
    extract(epoch from p.published_at - e.known_at)::double precision, 'seconds'
from serving.publications as p
cross join (
    -- From the end of the index on known_at, partition by partition.
    select i.known_at
    from source.interactions as i
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by i.known_at desc
    limit 1
) as e
where p.publication_id = :'publication_id'::bigint and p.published_at is not null;
