-- State of every known item before a date: the numeric features of the item tower.
--
-- Grain   one row per item known before the date, or with an event in the 28 days before
-- Reads   source.item_versions, feature.item_action_windows, source.actions
-- Writes  feature.item_snapshots
-- Params  as_of_date         only what was known before 00:00 UTC of this date
--         positive_actions   names of the actions that count as positive
--         prior_strength     impressions at the overall rate that are added to those of each item
-- Note    Training asks for the date of each example, serving for the date of the run: one text.
insert into feature.item_snapshots
    (item_id, as_of_date, age_days, days_since_last_event,
     impression_count_1d, impression_count_7d, impression_count_28d,
     positive_count_1d, positive_count_7d, positive_count_28d,
     positive_rate_7d, positive_rate_28d)
with

known as (
    select distinct on (v.item_id)
        v.item_id,
        v.created_at
    from source.item_versions as v
    where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    order by v.item_id, v.known_at desc
),

windows as (
    select
        w.item_id,
        sum(w.event_count_1d) filter (where w.is_impression) as impression_count_1d,
        sum(w.event_count_7d) filter (where w.is_impression) as impression_count_7d,
        sum(w.event_count_28d) filter (where w.is_impression) as impression_count_28d,
        sum(w.event_count_1d) filter (where w.is_positive) as positive_count_1d,
        sum(w.event_count_7d) filter (where w.is_positive) as positive_count_7d,
        sum(w.event_count_28d) filter (where w.is_positive) as positive_count_28d,
        max(w.last_occurred_date) as last_occurred_date
    from (
        select
            w.*,
            a.action_name = 'impression' as is_impression,
            a.action_name = any (:'positive_actions'::text[]) and a.label_weight > 0 as is_positive
        from feature.item_action_windows as w
        inner join source.actions as a on a.action_id = w.action_id
        where w.as_of_date = :'as_of_date'::date
    ) as w
    group by w.item_id
),

overall as (
    select
        coalesce(sum(w.positive_count_7d) / nullif(sum(w.impression_count_7d), 0), 0) as rate_7d,
        coalesce(sum(w.positive_count_28d) / nullif(sum(w.impression_count_28d), 0), 0) as rate_28d
    from windows as w
)

select
    coalesce(k.item_id, w.item_id) as item_id,
    :'as_of_date'::date as as_of_date,
    -- Null where it is not known, which greatest() alone would turn into 0.
    case when k.created_at is not null then greatest(
        extract(epoch from :'as_of_date'::date::timestamp at time zone 'UTC' - k.created_at) / 86400,
        0) end::real as age_days,
    :'as_of_date'::date - w.last_occurred_date as days_since_last_event,
    coalesce(w.impression_count_1d, 0)::integer,
    coalesce(w.impression_count_7d, 0)::integer,
    coalesce(w.impression_count_28d, 0)::integer,
    coalesce(w.positive_count_1d, 0)::integer,
    coalesce(w.positive_count_7d, 0)::integer,
    coalesce(w.positive_count_28d, 0)::integer,
    ((coalesce(w.positive_count_7d, 0) + :'prior_strength'::integer * o.rate_7d)
        / (coalesce(w.impression_count_7d, 0) + :'prior_strength'::integer))::double precision,
    ((coalesce(w.positive_count_28d, 0) + :'prior_strength'::integer * o.rate_28d)
        / (coalesce(w.impression_count_28d, 0) + :'prior_strength'::integer))::double precision
from known as k
full join windows as w on w.item_id = k.item_id
cross join overall as o;
