-- What a user liked last beside what is recommended now, line by line.
--
-- Grain   one row per place, from 1
-- Reads   feature.user_histories, serving.current_recommendations, source.items
-- Params  user_id, as_of_date, row_limit
with

liked as (
    select
        row_number() over (order by h.place desc) as place,
        h.occurred_date,
        h.item_id,
        i.tags,
        i.creator_id
    from (
        select h.item_id, h.occurred_date, h.place
        from feature.user_histories as u
        cross join lateral unnest(u.item_ids, u.occurred_dates)
            with ordinality as h (item_id, occurred_date, place)
        where u.user_id = :'user_id'::bigint and u.as_of_date = :'as_of_date'::date
    ) as h
    left join source.items as i on i.item_id = h.item_id
)

select
    r.rank as place,
    l.occurred_date,
    l.item_id as liked_item_id,
    coalesce(array_to_string(l.tags, ' '), '') as liked_tags,
    r.item_id,
    coalesce(array_to_string(r.tags, ' '), '') as tags,
    r.score,
    r.source
from serving.current_recommendations as r
left join liked as l on l.place = r.rank
where r.user_id = :'user_id'::bigint and r.rank <= :'row_limit'::integer
order by r.rank;
