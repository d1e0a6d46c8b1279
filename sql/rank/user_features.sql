-- Numeric features of users that the ranker reads: the one text for training and serving.
--
-- Grain   one row per user and date, by user_id and date
-- Reads   feature.user_action_days, source.interactions, source.actions
-- Params  from_date, until_date   days, both inclusive: one for serving
--         is_training             true: users with an exposure on the day; false: those of the snapshot
--         from_bucket, until_bucket   both inclusive
-- Output  names     of the features, the same in every row
--         numbers   in the order of names; NaN where not known
-- Note    As of 00:00 UTC of the date. To add a feature, add its name and its line.
with

moments as (
    select distinct i.user_id, (i.occurred_at at time zone 'UTC')::date as as_of_date
    from source.interactions as i
    where :'is_training'::boolean
        and i.occurred_at >= :'from_date'::date::timestamp at time zone 'UTC'
        and i.occurred_at < (:'until_date'::date + 1)::timestamp at time zone 'UTC'
        and ((i.user_id # (i.user_id >> 10) # (i.user_id >> 20) # (i.user_id >> 40)) & 1023)
            between :'from_bucket'::smallint and :'until_bucket'::smallint
    union all
    select s.user_id, s.as_of_date
    from feature.user_snapshots as s
    where not :'is_training'::boolean
        and s.as_of_date between :'from_date'::date and :'until_date'::date
        and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
),

counts as (
    select
        m.user_id,
        m.as_of_date,
        coalesce(sum(d.event_count) filter (where a.action_name = 'impression'), 0) as shown,
        coalesce(sum(d.event_count) filter (where a.action_name = 'click'), 0) as clicks,
        coalesce(sum(d.event_count) filter (where a.action_name = 'like'), 0) as likes,
        coalesce(sum(d.event_count) filter (where a.action_name = 'comment'), 0) as comments,
        coalesce(sum(d.event_count) filter (where a.action_name = 'forward'), 0) as forwards,
        coalesce(sum(d.event_count) filter (where a.action_name = 'follow'), 0) as follows,
        coalesce(sum(d.event_count) filter (where a.action_name = 'long_view'), 0) as long_views,
        coalesce(sum(d.event_count) filter (where a.sign < 0), 0) as negatives,
        coalesce(sum(d.event_count) filter (
            where a.action_name = 'impression' and d.occurred_date >= m.as_of_date - 3), 0) as shown_3d,
        coalesce(sum(d.event_count) filter (
            where a.action_name = 'long_view' and d.occurred_date >= m.as_of_date - 3), 0) as long_views_3d,
        sum(d.value_sum) filter (where a.action_name = 'watch')
            / nullif(sum(d.event_count) filter (where a.action_name = 'watch'), 0) as watch_seconds,
        count(distinct d.occurred_date) as active_days,
        m.as_of_date - max(d.occurred_date) as days_away
    from moments as m
    left join feature.user_action_days as d
        on d.user_id = m.user_id
        and d.known_date < m.as_of_date
        and d.occurred_date >= m.as_of_date - 28
    left join source.actions as a on a.action_id = d.action_id
    group by m.user_id, m.as_of_date
)

select
    c.user_id,
    c.as_of_date,
    '{impressions,click_rate,like_rate,comment_rate,forward_rate,follow_rate,long_view_rate,negative_rate,
    impressions_3d,long_view_rate_3d,watch_seconds,active_days,days_away}'::text[] as names,
    array[
        ln(1 + c.shown),
        -- Shrunk: a user who was shown little says little.
        (c.clicks + 1) / (c.shown + 4.0),
        c.likes / (c.shown + 20.0),
        c.comments / (c.shown + 20.0),
        c.forwards / (c.shown + 20.0),
        c.follows / (c.shown + 20.0),
        (c.long_views + 1) / (c.shown + 4.0),
        c.negatives / (c.shown + 20.0),
        ln(1 + c.shown_3d),
        (c.long_views_3d + 1) / (c.shown_3d + 4.0),
        coalesce(ln(1 + c.watch_seconds), 'NaN'),
        c.active_days,
        coalesce(ln(1 + c.days_away), 'NaN')
    ]::real[] as numbers
from counts as c
order by c.user_id, c.as_of_date;
