-- What is left of the proposals after each stage of the funnel.
--
-- Title     Funnel
-- Question  Where do candidates of the current publication go?
-- Chart     bars
-- Grain     one row per stage
-- Reads     monitor.funnel, monitor.publications
-- Output    label, value, note, state
with

stages as (
    select
        f.stage_place,
        f.stage,
        sum(f.in_count) as in_count,
        sum(f.kept_count) as kept_count
    from (
        select distinct on (d.source, d.stage_place) d.source, d.stage_place, d.stage, d.in_count, d.kept_count
        from monitor.funnel as d
        inner join monitor.publications as p on p.publication_id = d.publication_id and p.is_current
        order by d.source, d.stage_place
    ) as f
    group by f.stage_place, f.stage
)

select
    case when s.stage = 'rank' then 'proposed' else 'after ' || s.stage end as label,
    s.kept_count::double precision as value,
    to_char(100.0 * s.kept_count / nullif(first_value(s.in_count) over (order by s.stage_place), 0), 'FM990.0')
    || ' %' as note,
    'plain' as state
from stages as s
where s.stage <> 'published'
order by s.stage_place;
