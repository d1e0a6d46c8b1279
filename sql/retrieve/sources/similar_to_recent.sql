-- Items that those like who liked what the user liked lately.
--
-- Grain   one row per user with a history, in a range of buckets, by user_id
-- Reads   feature.user_histories, feature.item_neighbours
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         quota   items for each user, at most
-- Output  scores   sum over the ten newest positives of similarity, each newer one weighing a tenth more
-- Note    The item with the largest share is the one that explains: "because you liked".
with

recent as (
    select
        h.user_id,
        h.item_ids,
        r.item_id,
        -- From the newest: 1, 0.9, 0.81 ...
        power(0.9::double precision, cardinality(h.item_ids) - r.place) as weight
    from feature.user_histories as h
    cross join lateral unnest(h.item_ids) with ordinality as r (item_id, place)
    where h.as_of_date = :'as_of_date'::date
        and h.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
        and r.place > cardinality(h.item_ids) - 10
),

scored as (
    select
        r.user_id,
        s.item_id,
        round(sum(r.weight * s.similarity)::numeric, 6)::real as score
    from recent as r
    inner join feature.item_neighbours as n
        on n.item_id = r.item_id and n.as_of_date = :'as_of_date'::date
    cross join lateral unnest(n.neighbour_ids, n.similarities) as s (item_id, similarity)
    where s.item_id <> all (r.item_ids)
    group by r.user_id, s.item_id
),

ordered as (
    select
        s.user_id,
        s.item_id,
        s.score,
        row_number() over (partition by s.user_id order by s.score desc, s.item_id) as place
    from scored as s
)

select
    o.user_id,
    array_agg(o.item_id order by o.place) as item_ids,
    array_agg(o.score order by o.place) as scores
from ordered as o
where o.place <= :'quota'::integer
group by o.user_id
order by o.user_id;
