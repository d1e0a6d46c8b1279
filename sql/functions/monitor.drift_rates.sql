-- How often each action follows an impression: the labels.
--
-- Grain   one row per action but the impression; none where there were no impressions
-- Reads   feature.user_action_windows, source.actions
-- Output  exposures        impressions of the days
--         rate             events of the action over impressions
--         standard_error   of that ratio, over users: the events of one user are not independent, so users
--                          are what is counted
-- Source  Cochran, Sampling Techniques, 3rd ed. (1977), 6.3: the variance of a ratio estimate
create or replace function monitor.drift_rates(as_of date, days integer)
returns table (feature text, exposures double precision, rate double precision, standard_error double precision)
language sql
stable
parallel safe
begin atomic
    with

    counts as (
        select
            w.user_id,
            w.action_id,
            (case when days = 1 then w.event_count_1d else w.event_count_7d end)::double precision as events
        from feature.user_action_windows as w
        where w.as_of_date = as_of
    ),

    shown as (
        select c.user_id, c.events as exposures
        from counts as c
        inner join source.actions as a on a.action_id = c.action_id and a.action_name = 'impression'
        where c.events > 0
    ),

    everybody as (
        select count(*) as user_count, sum(s.exposures) as exposures, sum(s.exposures ^ 2) as squares
        from shown as s
    ),

    sums as (
        select
            c.action_id,
            sum(c.events) as events,
            sum(c.events ^ 2) as squares,
            sum(c.events * s.exposures) as products
        from counts as c
        inner join shown as s on s.user_id = c.user_id
        group by c.action_id
    )

    select
        a.action_name,
        e.exposures,
        r.rate,
        -- Σ (events − rate × exposures)² over users, written out.
        sqrt(greatest(
            coalesce(s.squares, 0) - 2 * r.rate * coalesce(s.products, 0) + r.rate ^ 2 * e.squares, 0)
            * e.user_count / (e.user_count - 1)) / e.exposures as standard_error
    from source.actions as a
    cross join everybody as e
    left join sums as s on s.action_id = a.action_id
    cross join lateral (select coalesce(s.events, 0) / e.exposures as rate) as r
    where a.action_name <> 'impression' and e.user_count > 1;
end;

comment on function monitor.drift_rates(date, integer) is
    'How often each action followed an impression in the 1 or 7 days before a date.';
revoke all on function monitor.drift_rates(date, integer) from public;
grant execute on function monitor.drift_rates(date, integer) to vitrine_job, vitrine_analyst;
