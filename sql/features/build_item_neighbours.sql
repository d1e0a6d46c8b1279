-- Which items are liked by the same users: the collaborative neighbours of each item.
--
-- Grain   one row per item that shares at least two users with another that is not removed
-- Reads   feature.user_histories, source.item_versions
-- Writes  feature.item_neighbours
-- Params  as_of_date         of the histories
--         neighbour_history  newest items of a history that count, so that no user counts for too much
--         neighbour_count    neighbours kept per item
-- Note    The similarity is the cosine of the columns of users, each user weighing 1 / ln(1 + length):
--         Breese, Heckerman, Kadie, "Empirical analysis of predictive algorithms for collaborative
--         filtering", UAI 1998. One is added to each square, the weight of some ten users, so that two
--         rare items that share two users are not a perfect match.
insert into feature.item_neighbours (item_id, as_of_date, neighbour_ids, similarities)
with

liked as (
    select
        h.user_id,
        r.item_id,
        1 / ln(1 + least(cardinality(h.item_ids), :'neighbour_history'::integer)::double precision) as weight
    from feature.user_histories as h
    cross join lateral unnest(h.item_ids) with ordinality as r (item_id, place)
    where h.as_of_date = :'as_of_date'::date
        and r.place > cardinality(h.item_ids) - :'neighbour_history'::integer
),

norms as (
    select l.item_id, sum(l.weight * l.weight) as square
    from liked as l
    group by l.item_id
),

available as (
    select v.item_id
    from (
        select distinct on (w.item_id) w.item_id, w.is_available
        from source.item_versions as w
        where w.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
        order by w.item_id, w.known_at desc
    ) as v
    where v.is_available
),

-- Each pair once: what two items share is the same seen from either.
pairs as (
    select a.item_id as smaller_id, b.item_id as larger_id, sum(a.weight * b.weight) as product
    from liked as a
    inner join liked as b on b.user_id = a.user_id and b.item_id > a.item_id
    group by a.item_id, b.item_id
    having count(*) >= 2
),

shared as (
    select p.smaller_id as item_id, p.larger_id as neighbour_id, p.product
    from pairs as p
    union all
    select p.larger_id, p.smaller_id, p.product
    from pairs as p
),

ordered as (
    select
        p.item_id,
        p.neighbour_id,
        s.similarity,
        row_number() over (
            partition by p.item_id order by s.similarity desc, p.neighbour_id) as place
    from shared as p
    inner join available as v on v.item_id = p.neighbour_id
    inner join norms as a on a.item_id = p.item_id
    inner join norms as b on b.item_id = p.neighbour_id
    cross join lateral (
        -- Rounded: the last bits of a sum of floats depend on the order of the rows.
        select round((p.product / sqrt((a.square + 1) * (b.square + 1)))::numeric, 6)::real as similarity
    ) as s
)

select
    o.item_id,
    :'as_of_date'::date,
    array_agg(o.neighbour_id order by o.place),
    array_agg(o.similarity order by o.place)
from ordered as o
where o.place <= :'neighbour_count'::integer
group by o.item_id;
