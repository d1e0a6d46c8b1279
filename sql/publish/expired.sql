-- Publications whose rows need not be kept: beyond the newest ones, and those never finished.
--
-- Grain   one row per publication
-- Reads   serving.publications, serving.pointer, ops.runs
-- Params  keep_publications, run_id   how many published ones to keep; the run that is under way
with

published as (
    select
        p.publication_id,
        row_number() over (order by p.published_at desc, p.publication_id desc) as place
    from serving.publications as p
    where p.status = 'published'
)

select p.publication_id
from published as p
where p.place > :'keep_publications'::integer
    and p.publication_id <> (select c.publication_id from serving.pointer as c)

union all

select p.publication_id
from serving.publications as p
inner join ops.runs as r on r.run_id = p.run_id
where p.status = 'building'
    and p.run_id <> :'run_id'::bigint
    -- A run that succeeded under a hold has lists that were never published.
    and r.status <> 'running'
    and r.finished_at < clock_timestamp() - interval '7 days'
order by publication_id;
