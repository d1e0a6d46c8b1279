-- How many of every number fall into each bin of its reference, in one pass.
--
-- Grain   one row per subject, feature and bin with a number in it; bin -1 counts what is not known; bin -2 of the
--         nameless feature the rows of subjects in which names may be missing
-- Reads   monitor.references_for, monitor.drift_numbers, monitor.drift_references
-- Note    A function of its own because what a statement inserts is never computed in parallel, and what a
--         function returns is, from PostgreSQL 14 on.
create or replace function monitor.binned_numbers(as_of date, publication bigint, space bigint, subjects text[])
returns table (subject text, feature text, bin integer, row_count bigint, total double precision)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $function$
begin
    return query
    select b.subject, coalesce(r.feature, ''), b.bin, b.row_count, b.total
    from (
        -- No common table expression here: workers do not read them.
        select n.subject, p.reference_id, v.bin, count(*) as row_count, sum(n.number) as total
        from (
            select d.subject, unnest(d.names) as feature, unnest(d.numbers)::double precision as number
            from monitor.drift_numbers(as_of, publication, space, subjects) as d
        ) as n
        -- A left join lets the planner see how many rows there are: it counts in a hash table then, where
        -- it would sort every number.
        left join monitor.references_for(as_of, space) as p
            on p.kind = 'numeric' and p.subject = n.subject and p.feature = n.feature
        cross join lateral (
            select case
                when n.feature = '' then -2
                when n.number <> 'NaN' then width_bucket(n.number, p.bin_edges)
                else -1
            end as bin
        ) as v
        group by n.subject, p.reference_id, v.bin
    ) as b
    left join monitor.drift_references as r on r.reference_id = b.reference_id
    -- Nobody asks for what has no reference.
    where b.reference_id is not null or b.bin = -2;
end
$function$;

comment on function monitor.binned_numbers(date, bigint, bigint, text[]) is
    'How many of every number fall into each bin of its reference, as of a date, of a publication and of a space.';
revoke all on function monitor.binned_numbers(date, bigint, bigint, text[]) from public;
grant execute on function monitor.binned_numbers(date, bigint, bigint, text[]) to vitrine_job, vitrine_analyst;
