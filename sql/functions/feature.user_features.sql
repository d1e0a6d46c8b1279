-- Numeric features of users that the ranker reads: the one text for training, serving and monitoring.
--
-- Grain   one row per user of the snapshot in a range of buckets
-- Reads   feature.user_snapshots, feature.user_action_windows, source.actions
-- Output  names     of the features, the same in every row
--         numbers   in the order of names; NaN where not known
-- Note    Every action but the impression has a rate over each window, named by the action. To add another
--         feature, add its name and its line: nothing else names or counts them. What is never known of
--         anybody a ranker leaves out when it is trained.
create or replace function feature.user_features(as_of date, from_bucket smallint, until_bucket smallint)
returns table (user_id bigint, names text[], numbers real[])
language sql
stable
parallel safe
begin atomic
    with

    actions as (
        select a.action_id, a.action_name
        from source.actions as a
        where a.action_name <> 'impression'
    ),

    users as (
        select s.user_id, s.active_days_28d, s.event_count_28d, s.days_since_last_event
        from feature.user_snapshots as s
        where s.as_of_date = as_of
            and s.bucket between from_bucket and until_bucket
    ),

    windows as (
        select
            w.user_id,
            max(w.event_count_1d) filter (where a.action_name = 'impression') as shown_1d,
            max(w.event_count_7d) filter (where a.action_name = 'impression') as shown_7d,
            max(w.event_count_28d) filter (where a.action_name = 'impression') as shown_28d,
            max(w.rate_28d) filter (where a.sign < 0) as negative
        from feature.user_action_windows as w
        inner join source.actions as a on a.action_id = w.action_id
        where w.as_of_date = as_of
        group by w.user_id
    ),

    rates as (
        select
            u.user_id,
            array_agg(coalesce(w.rate_28d, 'NaN') order by a.action_id)
                || array_agg(coalesce(w.rate_7d, 'NaN') order by a.action_id)
                || array_agg(coalesce(w.rate_1d, 'NaN') order by a.action_id) as numbers
        from users as u
        cross join actions as a
        left join feature.user_action_windows as w
            on w.user_id = u.user_id
            and w.as_of_date = as_of
            and w.action_id = a.action_id
        group by u.user_id
    ),

    names as (
        select
            array_agg(a.action_name || '_rate' order by a.action_id)
                || array_agg(a.action_name || '_rate_7d' order by a.action_id)
                || array_agg(a.action_name || '_rate_1d' order by a.action_id) as rates
        from actions as a
    )

    select
        u.user_id,
        '{impressions_1d,impressions_7d,impressions_28d,active_days,events,days_since_last_event,negative_rate}'
            ::text[] || n.rates as names,
        array[
            ln(1 + coalesce(w.shown_1d, 0)),
            ln(1 + coalesce(w.shown_7d, 0)),
            ln(1 + coalesce(w.shown_28d, 0)),
            u.active_days_28d,
            ln(1 + u.event_count_28d),
            coalesce(ln(1 + greatest(u.days_since_last_event, 0)), 'NaN'),
            coalesce(w.negative, 'NaN')
        ]::real[] || r.numbers::real[] as numbers
    from users as u
    left join windows as w on w.user_id = u.user_id
    left join rates as r on r.user_id = u.user_id
    cross join names as n;
end;

comment on function feature.user_features(date, smallint, smallint) is
    'Numeric features of users in a range of buckets, both inclusive, before a date.';
revoke all on function feature.user_features(date, smallint, smallint) from public;
grant execute on function feature.user_features(date, smallint, smallint) to vitrine_job, vitrine_analyst;
