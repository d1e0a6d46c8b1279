-- Adjusts the p-values of a run for their number, and says what has drifted.
--
-- Grain   every row of the run
-- Reads   monitor.drift_settings, monitor.drift
-- Writes  monitor.drift
-- Params  run_id
-- Note    All tests of the run are one family: without any drift a false alarm is as likely in a run with a
--         thousand features as in one with ten. Statistics of one feature depend on each other positively,
--         under which the procedure holds its rate. A statistic without a distribution goes by its effect;
--         a rate with too few events, and a feature that no setting is for, never drift.
-- Source  Benjamini, Hochberg, J. R. Stat. Soc. B 57 (1995); Benjamini, Yekutieli, Ann. Stat. 29 (2001)
update monitor.drift as d
set adjusted_p_value = a.adjusted_p_value,
    smallest_effect = a.smallest_effect,
    significance = a.significance,
    is_drifted = a.effect >= a.smallest_effect
        and (coalesce(a.adjusted_p_value <= a.significance, false) or a.statistic = 'centroid_distance')
from (
    select
        t.subject, t.feature, t.kind, t.statistic, t.effect, s.smallest_effect, s.significance,
        case when t.p_value is not null then greatest(t.p_value, least(1, min(t.stepped) over (
            partition by t.p_value is null order by t.place desc))) end as adjusted_p_value
    from (
        select
            e.*,
            e.p_value * (count(e.p_value) over ()::double precision / e.place) as stepped
        from (
            select
                f.*,
                row_number() over (
                    partition by f.p_value is null
                    order by f.p_value, f.subject, f.feature, f.kind, f.statistic) as place
            from monitor.drift as f
            where f.run_id = :'run_id'::bigint
        ) as e
    ) as t
    cross join lateral (
        select g.smallest_effect, g.significance
        from monitor.drift_settings as g
        where g.statistic = t.statistic
            and t.subject like g.subject
            and t.feature like g.feature
        order by length(g.feature) desc, length(g.subject) desc, g.subject, g.feature
        limit 1
    ) as s
) as a
where d.run_id = :'run_id'::bigint
    and d.subject = a.subject
    and d.feature = a.feature
    and d.kind = a.kind
    and d.statistic = a.statistic;
