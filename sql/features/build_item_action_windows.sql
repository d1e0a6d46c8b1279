-- Events of each item by action over the last 1, 7 and 28 days, and their rates per impression.
--
-- Grain   one row per item and action with an event in the 28 days before the date
-- Reads   feature.item_action_days, source.actions
-- Writes  feature.item_action_windows
-- Params  as_of_date       only what was known before 00:00 UTC of this date
--         prior_strength   impressions at the overall rate that are added to those of each item
-- Source  additive smoothing with an empirical prior: Efron and Morris, "Stein's paradox in
--         statistics", Scientific American 236, 1977
insert into feature.item_action_windows
    (item_id, as_of_date, action_id, event_count_1d, event_count_7d, event_count_28d,
     rate_1d, rate_7d, rate_28d, last_occurred_date)
with

counts as (
    select
        d.item_id,
        d.action_id,
        coalesce(sum(d.event_count) filter (where d.occurred_date >= :'as_of_date'::date - 1), 0) as count_1d,
        coalesce(sum(d.event_count) filter (where d.occurred_date >= :'as_of_date'::date - 7), 0) as count_7d,
        sum(d.event_count) as count_28d,
        max(d.occurred_date) as last_occurred_date
    from feature.item_action_days as d
    where d.known_date < :'as_of_date'::date
        and d.known_date >= :'as_of_date'::date - 28
        and d.occurred_date >= :'as_of_date'::date - 28
    group by d.item_id, d.action_id
),

impressions as (
    select c.item_id, c.count_1d, c.count_7d, c.count_28d
    from counts as c
    inner join source.actions as a on a.action_id = c.action_id
    where a.action_name = 'impression'
),

totals as (
    select
        c.action_id,
        sum(c.count_1d) / nullif((select sum(i.count_1d) from impressions as i), 0) as rate_1d,
        sum(c.count_7d) / nullif((select sum(i.count_7d) from impressions as i), 0) as rate_7d,
        sum(c.count_28d) / nullif((select sum(i.count_28d) from impressions as i), 0) as rate_28d
    from counts as c
    group by c.action_id
)

select
    c.item_id,
    :'as_of_date'::date as as_of_date,
    c.action_id,
    c.count_1d::integer,
    c.count_7d::integer,
    c.count_28d::integer,
    ((c.count_1d + :'prior_strength'::integer * coalesce(t.rate_1d, 0))
        / (coalesce(i.count_1d, 0) + :'prior_strength'::integer))::double precision as rate_1d,
    ((c.count_7d + :'prior_strength'::integer * coalesce(t.rate_7d, 0))
        / (coalesce(i.count_7d, 0) + :'prior_strength'::integer))::double precision as rate_7d,
    ((c.count_28d + :'prior_strength'::integer * coalesce(t.rate_28d, 0))
        / (coalesce(i.count_28d, 0) + :'prior_strength'::integer))::double precision as rate_28d,
    c.last_occurred_date
from counts as c
inner join totals as t on t.action_id = c.action_id
left join impressions as i on i.item_id = c.item_id;
