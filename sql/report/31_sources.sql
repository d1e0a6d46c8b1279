-- The sources of what is published.
--
-- Title     Sources
-- Question  Who proposed the places that users see?
-- Chart     bars
-- Grain     one row per source
-- Reads     monitor.funnel, monitor.publications
-- Output    label, value, note, state
select
    f.source as label,
    max(f.kept_count)::double precision as value,
    to_char(100.0 * max(f.kept_count) / sum(max(f.kept_count)) over (), 'FM990.0') || ' %' as note,
    'plain' as state
from monitor.funnel as f
inner join monitor.publications as p on p.publication_id = f.publication_id and p.is_current
where f.stage = 'published'
group by f.source
order by value desc, f.source;
