-- Subjects of numbers that a run has a reference for.
--
-- Grain   one row
-- Reads   monitor.references_for
-- Params  as_of_date, space_id
-- Output  subjects
select array(
    select distinct r.subject
    from monitor.references_for(:'as_of_date'::date, :'space_id'::bigint) as r
    where r.kind = 'numeric'
    order by r.subject
) as subjects;
