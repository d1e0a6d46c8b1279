-- Users with what the user tower reads of each: profile and history.
--
-- Grain   one row per user of the snapshot in a range of buckets, by user_id
-- Reads   feature.user_snapshots, feature.user_histories, source.user_versions
-- Params  as_of_date
--         profile_attributes          names of the attributes that make up the profile
--         profile_numbers             names of the attributes that enter as numbers
--         from_bucket, until_bucket   both inclusive, 0 to 1023
-- Output  profile   the text of each attribute in the order asked for, empty where there is none
--         numbers   sign(x) ln(1 + |x|) of each in the order asked for, because what is counted of users
--                   differs by powers of ten; NaN where there is no number
select
    s.user_id,
    s.activity_cohort,
    array(
        select coalesce(v.attributes ->> p.attribute_name, '')
        from unnest(:'profile_attributes'::text[]) with ordinality as p (attribute_name, place)
        order by p.place
    ) as profile,
    array(
        select coalesce(
            (sign(n.number) * ln(1 + abs(n.number)))::real,
            'NaN'::real)
        from unnest(:'profile_numbers'::text[]) with ordinality as p (attribute_name, place)
        cross join lateral (
            select case
                when jsonb_typeof(v.attributes -> p.attribute_name) = 'number'
                    then (v.attributes ->> p.attribute_name)::numeric
            end as number
        ) as n
        order by p.place
    ) as numbers,
    coalesce(h.item_ids, '{}') as item_ids,
    coalesce(h.occurred_dates, '{}') as occurred_dates,
    coalesce(h.weights, '{}') as weights,
    coalesce(h.positive_count, 0) as positive_count
from feature.user_snapshots as s
left join feature.user_histories as h
    on h.user_id = s.user_id and h.as_of_date = s.as_of_date
left join lateral (
    select w.attributes
    from source.user_versions as w
    where w.user_id = s.user_id
        and w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by w.known_at desc
    limit 1
) as v on true
where s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
order by s.user_id;
