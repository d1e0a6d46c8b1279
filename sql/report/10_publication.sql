-- What is published now.
--
-- Title     Published now
-- Question  Is what users see new, complete and made the way it should be?
-- Chart     tiles
-- Grain     one row per figure
-- Reads     monitor.publications, monitor.list_kinds, monitor.indexes
-- Output    label, value, note, state
with

published as (
    select
        p.publication_id,
        p.as_of_date,
        p.published_at,
        p.user_count,
        p.recommendation_count,
        p.model_id,
        extract(epoch from clock_timestamp() - p.published_at) / 3600 as age_hours
    from monitor.publications as p
    where p.is_current
),

kinds as (
    select
        coalesce(sum(k.user_count), 0) as user_count,
        coalesce(sum(k.user_count) filter (where k.list_kind = 'model'), 0) as model_count
    from monitor.list_kinds as k
    inner join published as p on p.publication_id = k.publication_id
)

select f.label, f.value, f.note, f.state
from (
    select
        1 as place,
        'as of' as label,
        p.as_of_date::text as value,
        'publication ' || p.publication_id || ', model ' || p.model_id as note,
        case when p.age_hours > 50 then 'bad' when p.age_hours > 26 then 'warn' else 'good' end as state
    from published as p

    union all

    select
        2,
        'published',
        to_char(p.published_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
        'UTC, ' || case
            when p.age_hours < 48 then round(p.age_hours)::text || ' hours ago'
            else round(p.age_hours / 24)::text || ' days ago'
        end,
        case when p.age_hours > 50 then 'bad' when p.age_hours > 26 then 'warn' else 'good' end
    from published as p

    union all

    select
        3,
        'users',
        to_char(p.user_count, 'FM999,999,999,990'),
        to_char(p.recommendation_count, 'FM999,999,999,990') || ' recommendations',
        'plain'
    from published as p

    union all

    select
        4,
        'lists by the model',
        to_char(100.0 * k.model_count / k.user_count, 'FM990.0') || ' %',
        (k.user_count - k.model_count) || ' users have a kept list or the fallback',
        case when k.model_count < 0.9 * k.user_count then 'warn' else 'good' end
    from kinds as k
    where k.user_count > 0

    union all

    select
        5,
        'search finds',
        to_char(100 * i.recall_mean, 'FM990.0') || ' %',
        'of the exact best ' || i.recall_cutoff || ', reading ' || i.probes || ' of '
        || i.list_count || ' lists',
        case when i.recall_mean < 0.9 then 'bad' when i.recall_mean < 0.95 then 'warn' else 'good' end
    from monitor.indexes as i
    where i.is_current and i.recall_mean is not null
) as f
order by f.place;
