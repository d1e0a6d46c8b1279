-- Numeric features of items that the ranker reads: the one text for training and serving.
--
-- Grain   one row per item of the snapshot, by item_id
-- Reads   feature.item_snapshots, feature.item_action_windows, source.actions
-- Params  as_of_date
-- Output  names     of the features, the same in every row
--         numbers   in the order of names; NaN where not known
-- Note    To add a feature, add its name and its line: nothing else names or counts them.
with

rates as (
    select
        w.item_id,
        max(w.rate_28d) filter (where a.action_name = 'click') as click,
        max(w.rate_28d) filter (where a.action_name = 'like') as like,
        max(w.rate_28d) filter (where a.action_name = 'comment') as comment,
        max(w.rate_28d) filter (where a.action_name = 'forward') as forward,
        max(w.rate_28d) filter (where a.action_name = 'follow') as follow,
        max(w.rate_28d) filter (where a.action_name = 'long_view') as long_view,
        max(w.rate_28d) filter (where a.action_name = 'profile_visit') as profile_visit,
        max(w.rate_28d) filter (where a.sign < 0) as negative,
        max(w.rate_7d) filter (where a.action_name = 'click') as click_7d,
        max(w.rate_7d) filter (where a.action_name = 'long_view') as long_view_7d
    from feature.item_action_windows as w
    inner join source.actions as a on a.action_id = w.action_id
    where w.as_of_date = :'as_of_date'::date
    group by w.item_id
)

select
    s.item_id,
    '{impressions_1d,impressions_7d,impressions_28d,positives_1d,positives_7d,positives_28d,positive_rate_7d,
    positive_rate_28d,age_days,days_since_last_event,click_rate,like_rate,comment_rate,forward_rate,follow_rate,
    long_view_rate,profile_visit_rate,negative_rate,click_rate_7d,long_view_rate_7d}'::text[] as names,
    array[
        ln(1 + s.impression_count_1d),
        ln(1 + s.impression_count_7d),
        ln(1 + s.impression_count_28d),
        ln(1 + s.positive_count_1d),
        ln(1 + s.positive_count_7d),
        ln(1 + s.positive_count_28d),
        s.positive_rate_7d,
        s.positive_rate_28d,
        coalesce(ln(1 + greatest(s.age_days, 0)), 'NaN'),
        coalesce(ln(1 + greatest(s.days_since_last_event, 0)), 'NaN'),
        coalesce(r.click, 'NaN'),
        coalesce(r.like, 'NaN'),
        coalesce(r.comment, 'NaN'),
        coalesce(r.forward, 'NaN'),
        coalesce(r.follow, 'NaN'),
        coalesce(r.long_view, 'NaN'),
        coalesce(r.profile_visit, 'NaN'),
        coalesce(r.negative, 'NaN'),
        coalesce(r.click_7d, 'NaN'),
        coalesce(r.long_view_7d, 'NaN')
    ]::real[] as numbers
from feature.item_snapshots as s
left join rates as r on r.item_id = s.item_id
where s.as_of_date = :'as_of_date'::date
order by s.item_id;
