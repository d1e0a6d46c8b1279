-- How evenly the publication spreads over the catalogue, and how much of it goes to what is popular anyway.
--
-- Grain   one row per measure
-- Reads   serving.recommendation_lists, feature.item_snapshots
-- Writes  monitor.measures
-- Params  run_id, as_of_date, publication_id
-- Note    Popular are the 1 % of the catalogue with most positives in the four weeks before the date, one
--         item at least. popularity_lift compares their share of places with their share of those positives:
--         above 1, popular items are recommended more than they are liked. The Gini coefficient runs over
--         the whole catalogue, items in no list included: 0 for all alike, 1 for all places to one item.
-- Source  Gini: Shani, Gunawardana, "Evaluating recommendation systems", Recommender Systems Handbook,
--         2011; popularity bias: Abdollahpouri et al., "The unfairness of popularity bias in
--         recommendation", RMSE at RecSys 2019
insert into monitor.measures (run_id, level, measure_name, subject, value, unit)
with

places as (
    select r.item_id, count(*) as place_count
    from serving.recommendation_lists as l
    cross join lateral unnest(l.item_ids) as r (item_id)
    where l.publication_id = :'publication_id'::bigint
    group by r.item_id
),

catalogue as (
    select
        coalesce(p.place_count, 0) as place_count,
        coalesce(s.positive_count_28d, 0) as positive_count,
        row_number() over (order by coalesce(p.place_count, 0), item_id) as place_rank,
        row_number() over (order by coalesce(s.positive_count_28d, 0) desc, item_id) as popularity_rank,
        count(*) over () as item_count
    from places as p
    full join (
        select s.item_id, s.positive_count_28d
        from feature.item_snapshots as s
        where s.as_of_date = :'as_of_date'::date
    ) as s using (item_id)
),

totals as (
    select
        max(c.item_count)::double precision as item_count,
        sum(c.place_count)::double precision as place_count,
        sum(c.place_count::double precision * c.place_rank) as ranked_places,
        sum(c.place_count) filter (where c.popularity_rank <= greatest(c.item_count / 100, 1))
            ::double precision as popular_places,
        sum(c.positive_count)::double precision as positive_count,
        sum(c.positive_count) filter (where c.popularity_rank <= greatest(c.item_count / 100, 1))
            ::double precision as popular_positives
    from catalogue as c
)

select :'run_id'::bigint, 'model', m.measure_name, 'all', m.value, m.unit
from totals as t
cross join lateral (values
    ('exposure_gini',
        2 * t.ranked_places / (t.item_count * nullif(t.place_count, 0))
            - (t.item_count + 1) / t.item_count, 'ratio'),
    ('popular_1_percent_share', t.popular_places / nullif(t.place_count, 0), 'ratio'),
    ('popularity_lift',
        t.popular_places / nullif(t.place_count, 0)
            / nullif(t.popular_positives / nullif(t.positive_count, 0), 0), 'ratio')
) as m (measure_name, value, unit)
where m.value is not null;
