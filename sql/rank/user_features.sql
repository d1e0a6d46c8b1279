-- Numeric features of users that the ranker reads: the one text for training and serving.
--
-- Grain   one row per user of the snapshot in a range of buckets, by user_id
-- Reads   feature.user_snapshots, feature.user_action_windows, source.actions
-- Params  as_of_date
--         from_bucket, until_bucket   both inclusive
-- Output  names     of the features, the same in every row
--         numbers   in the order of names; NaN where not known
-- Note    To add a feature, add its name and its line: nothing else names or counts them.
with

windows as (
    select
        w.user_id,
        max(w.event_count_1d) filter (where a.action_name = 'impression') as shown_1d,
        max(w.event_count_7d) filter (where a.action_name = 'impression') as shown_7d,
        max(w.event_count_28d) filter (where a.action_name = 'impression') as shown_28d,
        max(w.rate_28d) filter (where a.action_name = 'click') as click,
        max(w.rate_28d) filter (where a.action_name = 'like') as like,
        max(w.rate_28d) filter (where a.action_name = 'comment') as comment,
        max(w.rate_28d) filter (where a.action_name = 'forward') as forward,
        max(w.rate_28d) filter (where a.action_name = 'follow') as follow,
        max(w.rate_28d) filter (where a.action_name = 'long_view') as long_view,
        max(w.rate_28d) filter (where a.action_name = 'profile_visit') as profile_visit,
        max(w.rate_28d) filter (where a.sign < 0) as negative,
        max(w.rate_7d) filter (where a.action_name = 'click') as click_7d,
        max(w.rate_7d) filter (where a.action_name = 'long_view') as long_view_7d,
        max(w.rate_1d) filter (where a.action_name = 'click') as click_1d,
        max(w.rate_1d) filter (where a.action_name = 'long_view') as long_view_1d
    from feature.user_action_windows as w
    inner join source.actions as a on a.action_id = w.action_id
    where w.as_of_date = :'as_of_date'::date
    group by w.user_id
)

select
    s.user_id,
    '{impressions_1d,impressions_7d,impressions_28d,active_days,events,days_since_last_event,click_rate,
    like_rate,comment_rate,forward_rate,follow_rate,long_view_rate,profile_visit_rate,negative_rate,
    click_rate_7d,long_view_rate_7d,click_rate_1d,long_view_rate_1d}'::text[] as names,
    array[
        ln(1 + coalesce(w.shown_1d, 0)),
        ln(1 + coalesce(w.shown_7d, 0)),
        ln(1 + coalesce(w.shown_28d, 0)),
        s.active_days_28d,
        ln(1 + s.event_count_28d),
        coalesce(ln(1 + greatest(s.days_since_last_event, 0)), 'NaN'),
        coalesce(w.click, 'NaN'),
        coalesce(w.like, 'NaN'),
        coalesce(w.comment, 'NaN'),
        coalesce(w.forward, 'NaN'),
        coalesce(w.follow, 'NaN'),
        coalesce(w.long_view, 'NaN'),
        coalesce(w.profile_visit, 'NaN'),
        coalesce(w.negative, 'NaN'),
        coalesce(w.click_7d, 'NaN'),
        coalesce(w.long_view_7d, 'NaN'),
        coalesce(w.click_1d, 'NaN'),
        coalesce(w.long_view_1d, 'NaN')
    ]::real[] as numbers
from feature.user_snapshots as s
left join windows as w on w.user_id = s.user_id
where s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
order by s.user_id;
