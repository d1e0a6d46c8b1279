-- How often each item was liked in the last days, exact duplicates counted as often as they stood.
--
-- Grain   one row per item with a positive event in those days, by item_id
-- Reads   source.interactions, source.actions
-- Params  as_of_date         days before this date
--         popularity_days    how many
--         positive_actions
select
    i.item_id,
    sum(i.repeat_count)::bigint as positive_count
from source.interactions as i
inner join source.actions as a on a.action_id = i.action_id
where a.action_name = any (:'positive_actions'::text[])
    and a.label_weight > 0
    and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
    and i.known_at
        >= (:'as_of_date'::date - :'popularity_days'::integer)::timestamp at time zone 'UTC'
    -- What became known late is not what people like now.
    and i.occurred_at
        >= (:'as_of_date'::date - :'popularity_days'::integer - 1)::timestamp at time zone 'UTC'
group by i.item_id
order by i.item_id;
