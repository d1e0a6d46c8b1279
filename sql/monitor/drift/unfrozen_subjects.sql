-- Subjects of numbers that a model has no reference of.
--
-- Grain   one row
-- Reads   monitor.drift_references
-- Params  space_id
--         subjects   those asked about
-- Output  subjects
select array(
    select s.subject
    from unnest(:'subjects'::text[]) as s (subject)
    where not exists (
        select from monitor.drift_references as r
        where r.space_id = :'space_id'::bigint and r.subject = s.subject and r.kind = 'numeric')
) as subjects;
