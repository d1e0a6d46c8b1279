-- What features read of users and items is not empty more often than it was.
--
-- Check     warn
-- Owner     data
-- Action    See whether the column is still delivered and named as the mapping says.
-- Settings  smallest_rise 0.1, smallest_z 4, smallest_count 50, window_days 7
-- Reads     source.user_versions, source.item_versions
-- Params    as_of_date, profile_attributes, profile_numbers
-- Output    subject, detail, violation_count   one row per attribute or column; the count is the empty ones
-- Note      What became known in the last days, the newest of each user and item, is held against what
--           became known in the four weeks before; where that was little, against all before. The share of
--           empty ones must have risen by smallest_rise, and further than chance explains: z of two
--           proportions, pooled. Nothing is said where there are fewer than smallest_count on either side.
-- Source    two-proportion z test: Fleiss, Levin, Paik, Statistical Methods for Rates and Proportions, 2003
with

fields as (
    select
        'user attribute ' || p.attribute_name as field_name,
        case
            when v.known_at >= (:'as_of_date'::date - :'window_days'::integer)::timestamp at time zone 'UTC'
                then 'new'
            when v.known_at >= (:'as_of_date'::date - :'window_days'::integer - 28)::timestamp
                at time zone 'UTC'
                then 'recent'
            else 'old'
        end as period,
        count(*)::double precision as row_count,
        count(*) filter (where coalesce(v.attributes ->> p.attribute_name, '') = '')::double precision
            as empty_count
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
    group by 1, 2

    union all

    select 'item ' || c.column_name, i.period, i.row_count, c.empty_count
    from (
        select
            case
                when v.known_at >= (:'as_of_date'::date - :'window_days'::integer)::timestamp at time zone 'UTC'
                    then 'new'
                when v.known_at >= (:'as_of_date'::date - :'window_days'::integer - 28)::timestamp
                    at time zone 'UTC'
                    then 'recent'
                else 'old'
            end as period,
            count(*)::double precision as row_count,
            count(*) filter (where v.creator_id is null) as creators,
            count(*) filter (where v.created_at is null) as moments,
            count(*) filter (where coalesce(v.caption, '') = '') as captions,
            count(*) filter (where v.language is null) as languages,
            count(*) filter (where v.tags = '{}') as tags
        from source.item_versions as v
        where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
            and (v.known_at < (:'as_of_date'::date - :'window_days'::integer)::timestamp at time zone 'UTC'
                or not exists (
                    select from source.item_versions as n
                    where n.item_id = v.item_id
                        and n.known_at > v.known_at
                        and n.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'))
        group by 1
    ) as i
    cross join lateral (values
        ('creator_id', i.creators), ('created_at', i.moments), ('caption', i.captions),
        ('language', i.languages), ('tags', i.tags)
    ) as c (column_name, empty_count)
),

-- Newcomers may well have less of a profile: they are held against those of the weeks before.
compared as (
    select
        f.field_name,
        sum(f.row_count) filter (where f.period = 'new') as row_count,
        sum(f.empty_count) filter (where f.period = 'new') as empty_count,
        sum(f.row_count) filter (where f.period = 'recent' or not h.is_enough and f.period = 'old')
            as usual_row_count,
        sum(f.empty_count) filter (where f.period = 'recent' or not h.is_enough and f.period = 'old')
            as usual_empty_count
    from fields as f
    cross join lateral (
        select coalesce(sum(r.row_count), 0) >= :'smallest_count'::double precision as is_enough
        from fields as r
        where r.field_name = f.field_name and r.period = 'recent'
    ) as h
    group by f.field_name
),

shares as (
    select
        c.field_name,
        c.empty_count,
        c.empty_count / c.row_count as share,
        c.usual_empty_count / c.usual_row_count as usual_share,
        (c.empty_count + c.usual_empty_count) / (c.row_count + c.usual_row_count) as pooled,
        1 / c.row_count + 1 / c.usual_row_count as inverse_counts
    from compared as c
    where least(c.row_count, c.usual_row_count) >= :'smallest_count'::double precision
        and c.row_count > 0
        and c.usual_row_count > 0
)

select
    s.field_name as subject,
    round((s.share * 100)::numeric, 1) || ' % are empty, where '
        || round((s.usual_share * 100)::numeric, 1) || ' % were' as detail,
    s.empty_count::bigint as violation_count
from shares as s
where s.share - s.usual_share >= :'smallest_rise'::double precision
    and s.share - s.usual_share
        > :'smallest_z'::double precision * sqrt(s.pooled * (1 - s.pooled) * s.inverse_counts)
order by violation_count desc, s.field_name;
