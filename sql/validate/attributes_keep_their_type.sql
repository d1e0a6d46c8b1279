-- Attributes of users that the job reads are of the type they were: no text where numbers stood.
--
-- Check     warn
-- Owner     data
-- Action    See what the import's mapping makes of the column, and import the users again.
-- Settings  window_days 7
-- Reads     source.user_versions
-- Params    as_of_date, profile_attributes, profile_numbers
-- Output    subject, detail, violation_count   one row per attribute and new type; the count is users
-- Note      What became known in the last days, the newest of each user, is held against all that was
--           known before.
with

types as (
    select
        p.attribute_name,
        jsonb_typeof(v.attributes -> p.attribute_name) as type_name,
        v.known_at >= (:'as_of_date'::date - :'window_days'::integer)::timestamp at time zone 'UTC'
            as is_new,
        count(*) as user_count
    from source.user_versions as v
    cross join (
        select unnest(:'profile_attributes'::text[]) as attribute_name
        union
        select unnest(:'profile_numbers'::text[])
    ) as p
    where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and (v.known_at < (:'as_of_date'::date - :'window_days'::integer)::timestamp at time zone 'UTC'
            or not exists (
                select from source.user_versions as n
                where n.user_id = v.user_id
                    and n.known_at > v.known_at
                    and n.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'))
    group by 1, 2, 3
)

select
    n.attribute_name as subject,
    'is ' || n.type_name || ', which it was not before' as detail,
    n.user_count as violation_count
from types as n
where n.is_new
    and n.type_name <> 'null'
    and exists (
        select from types as o
        where not o.is_new and o.attribute_name = n.attribute_name and o.type_name <> 'null')
    and not exists (
        select from types as o
        where not o.is_new and o.attribute_name = n.attribute_name and o.type_name = n.type_name)
order by violation_count desc, subject;
