-- Nobody acts on an item before being shown it, where it is logged that it was shown.
--
-- Check     warn
-- Owner     data
-- Action    See whether impressions carry another clock than actions, or are logged when they are sent.
-- Settings  largest_share 0.01, tolerated_seconds 5, smallest_count 100, window_days 1
-- Reads     source.interactions, source.actions
-- Params    as_of_date
-- Output    subject, detail, violation_count   one row per user and item, the widest gap first; the count is 1
-- Note      Pairs of user and item with an impression and an action in the last days count; what the
--           user was shown earlier is looked up for those in the wrong order alone. Nothing is said where
--           there are fewer than smallest_count pairs or a smaller share is wrong.
with

pairs as (
    select
        i.user_id,
        i.item_id,
        min(i.occurred_at) filter (where a.action_name = 'impression') as shown_at,
        min(i.occurred_at) filter (where a.action_name <> 'impression') as acted_at
    from source.interactions as i
    inner join source.actions as a on a.action_id = i.action_id
    where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        and i.known_at >= (:'as_of_date'::date - :'window_days'::integer)::timestamp at time zone 'UTC'
    group by i.user_id, i.item_id
    having bool_or(a.action_name = 'impression') and bool_or(a.action_name <> 'impression')
),

wrong as (
    select p.user_id, p.item_id, p.shown_at - p.acted_at as gap
    from pairs as p
    where p.acted_at
            < p.shown_at - make_interval(secs => :'tolerated_seconds'::double precision)
        and not exists (
            select from source.interactions as e
            inner join source.actions as a on a.action_id = e.action_id
            where e.user_id = p.user_id
                and e.item_id = p.item_id
                and a.action_name = 'impression'
                and e.occurred_at <= p.acted_at)
)

select
    'user ' || w.user_id || ', item ' || w.item_id as subject,
    'acted before the first impression'::text as detail,
    1::bigint as violation_count
from wrong as w
where (
        select count(*) >= :'smallest_count'::bigint
            and (select count(*) from wrong) > :'largest_share'::double precision * count(*)
        from pairs as p)
order by w.gap desc, w.user_id, w.item_id;
