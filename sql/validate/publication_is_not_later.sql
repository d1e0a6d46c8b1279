-- No publication as of a later date is current: a run for an earlier date could not be published.
--
-- Check   fail
-- Owner   model
-- Action  Run for a later date, or roll the publication back first.
-- Reads   serving.pointer, serving.publications
-- Params  as_of_date
-- Output  subject, detail, violation_count
select
    p.as_of_date::text as subject,
    'a publication as of a later date is current'::text as detail,
    1::bigint as violation_count
from serving.pointer as c
inner join serving.publications as p on p.publication_id = c.publication_id
where p.as_of_date > :'as_of_date'::date;
