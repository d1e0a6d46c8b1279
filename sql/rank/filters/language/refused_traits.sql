-- Languages that a user does not read.
--
-- Grain   one row per user who says which languages they read, in a range of buckets, by user_id
-- Reads   feature.user_snapshots, source.user_versions, source.item_versions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
-- Note    The languages of a user are the attribute languages, an array of text, else language, one
--         text. Where either side is silent nothing is dropped.
with

spoken as materialized (
    select distinct v.language
    from source.item_versions as v
    where v.language is not null
        and v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
),

readers as (
    select
        s.user_id,
        case
            when jsonb_typeof(v.attributes -> 'languages') = 'array' then v.attributes -> 'languages'
            when jsonb_typeof(v.attributes -> 'language') = 'string'
                then jsonb_build_array(v.attributes -> 'language')
            else '[]'
        end as languages
    from feature.user_snapshots as s
    inner join lateral (
        select w.attributes
        from source.user_versions as w
        where w.user_id = s.user_id
            and w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.known_at desc
        limit 1
    ) as v on true
    where s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
        and exists (select from spoken)
)

select r.user_id, array_agg(k.language order by k.language) as traits
from readers as r
inner join spoken as k on not r.languages ? k.language
-- An empty list says nothing either.
where jsonb_array_length(r.languages) > 0
group by r.user_id
order by r.user_id;
