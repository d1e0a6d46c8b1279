-- Languages that a user does not read.
--
-- Grain   one row per user who says which languages they read, in a range of buckets, by user_id
-- Reads   source.items, source.users, feature.user_snapshots
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
-- Note    The languages of a user are the attribute languages, an array of text, else language, one
--         text. Where either side is silent nothing is dropped.
with

spoken as (
    select distinct i.language
    from source.items as i
    where i.language is not null
),

readers as (
    select
        s.user_id,
        case
            when jsonb_typeof(u.attributes -> 'languages') = 'array' then u.attributes -> 'languages'
            else jsonb_build_array(u.attributes -> 'language')
        end as languages
    from feature.user_snapshots as s
    inner join source.users as u on u.user_id = s.user_id
    where s.as_of_date = :'as_of_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
        and (jsonb_typeof(u.attributes -> 'languages') = 'array'
            or jsonb_typeof(u.attributes -> 'language') = 'string')
        and exists (select from spoken)
)

select r.user_id, array_agg(k.language order by k.language) as traits
from readers as r
inner join spoken as k on not r.languages ? k.language
group by r.user_id
order by r.user_id;
