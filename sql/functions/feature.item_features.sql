-- Numeric features of items that the ranker reads: the one text for training, serving and monitoring.
--
-- Grain   one row per item of the snapshot
-- Reads   feature.item_snapshots, feature.item_action_windows, source.actions
-- Output  names     of the features, the same in every row
--         numbers   in the order of names; NaN where not known
-- Note    Every action but the impression has a rate over each window, named by the action. To add another
--         feature, add its name and its line: nothing else names or counts them. What is never known of
--         any item a ranker leaves out when it is trained.
create or replace function feature.item_features(as_of date)
returns table (item_id bigint, names text[], numbers real[])
language sql
stable
parallel safe
begin atomic
    with

    actions as (
        select a.action_id, a.action_name, a.sign
        from source.actions as a
        where a.action_name <> 'impression'
    ),

    items as (
        select s.*
        from feature.item_snapshots as s
        where s.as_of_date = as_of
    ),

    rates as (
        select
            i.item_id,
            max(w.rate_28d) filter (where a.sign < 0) as negative,
            array_agg(coalesce(w.rate_28d, 'NaN') order by a.action_id)
                || array_agg(coalesce(w.rate_7d, 'NaN') order by a.action_id) as numbers
        from items as i
        cross join actions as a
        left join feature.item_action_windows as w
            on w.item_id = i.item_id
            and w.as_of_date = as_of
            and w.action_id = a.action_id
        group by i.item_id
    ),

    names as (
        select
            array_agg(a.action_name || '_rate' order by a.action_id)
                || array_agg(a.action_name || '_rate_7d' order by a.action_id) as rates
        from actions as a
    )

    select
        i.item_id,
        '{impressions_1d,impressions_7d,impressions_28d,positives_1d,positives_7d,positives_28d,positive_rate_7d,
        positive_rate_28d,age_days,days_since_last_event,negative_rate}'::text[] || n.rates as names,
        array[
            ln(1 + i.impression_count_1d),
            ln(1 + i.impression_count_7d),
            ln(1 + i.impression_count_28d),
            ln(1 + i.positive_count_1d),
            ln(1 + i.positive_count_7d),
            ln(1 + i.positive_count_28d),
            i.positive_rate_7d,
            i.positive_rate_28d,
            coalesce(ln(1 + greatest(i.age_days, 0)), 'NaN'),
            coalesce(ln(1 + greatest(i.days_since_last_event, 0)), 'NaN'),
            coalesce(r.negative, 'NaN')
        ]::real[] || r.numbers::real[] as numbers
    from items as i
    left join rates as r on r.item_id = i.item_id
    cross join names as n;
end;

comment on function feature.item_features(date) is
    'Numeric features of items, before a date.';
revoke all on function feature.item_features(date) from public;
grant execute on function feature.item_features(date) to vitrine_job, vitrine_analyst;
