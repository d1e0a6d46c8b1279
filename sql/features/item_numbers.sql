-- Numeric features of items by day: the one text for training, evaluation and serving.
--
-- Grain   one row per date and item, by date and item_id
-- Reads   feature.item_snapshots
-- Params  from_date, until_date   dates of snapshots, both inclusive
-- Output  numbers   any count of them; the model standardises each and keeps mean and deviation
-- Note    To add a feature, add a line to the array: nothing else names or counts them.
select
    s.as_of_date,
    s.item_id,
    array[
        ln(1 + s.positive_count_1d),
        ln(1 + s.positive_count_7d),
        ln(1 + s.positive_count_28d),
        ln(1 + s.impression_count_1d),
        ln(1 + s.impression_count_7d),
        ln(1 + s.impression_count_28d),
        s.positive_rate_7d,
        s.positive_rate_28d,
        ln(1 + coalesce(s.age_days, 365)),
        ln(1 + coalesce(s.days_since_last_event, 29))
    ]::real[] as numbers
from feature.item_snapshots as s
where s.as_of_date between :'from_date'::date and :'until_date'::date
order by s.as_of_date, s.item_id;
