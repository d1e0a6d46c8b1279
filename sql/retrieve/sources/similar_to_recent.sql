-- Items that those like who liked what the user liked lately.
--
-- Grain   one row per user with a history, in a range of buckets, by user_id
-- Reads   feature.user_histories, feature.item_neighbours
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
--         quota   items for each user, at most
-- Output  scores   sum over the ten newest positives of similarity, each newer one weighing a tenth more
-- Note    Users one at a time: what is proposed to all of them never stands in memory at once.
--         The item with the largest share is the one that explains: "because you liked".
select h.user_id, p.item_ids, p.scores
from feature.user_histories as h
cross join lateral (
    select
        array_agg(o.item_id order by o.score desc, o.item_id) as item_ids,
        array_agg(o.score order by o.score desc, o.item_id) as scores
    from (
        select s.item_id, round(sum(r.weight * s.similarity)::numeric, 6)::real as score
        from (
            -- From the newest: 1, 0.9, 0.81 ...
            select r.item_id, power(0.9::double precision, cardinality(h.item_ids) - r.place) as weight
            from unnest(h.item_ids) with ordinality as r (item_id, place)
            where r.place > cardinality(h.item_ids) - 10
        ) as r
        inner join feature.item_neighbours as n
            on n.item_id = r.item_id and n.as_of_date = :'as_of_date'::date
        cross join lateral unnest(n.neighbour_ids, n.similarities) as s (item_id, similarity)
        where s.item_id <> all (h.item_ids)
        group by s.item_id
        order by score desc, s.item_id
        limit :'quota'::integer
    ) as o
) as p
where h.as_of_date = :'as_of_date'::date
    and h.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
    and p.item_ids is not null
order by h.user_id;
