-- A user whose history is long enough to look at.
--
-- Grain   one row, or none
-- Reads   feature.user_histories, serving.pointer, serving.recommendation_lists
-- Params  as_of_date
select h.user_id
from feature.user_histories as h
inner join serving.recommendation_lists as l
    on l.user_id = h.user_id
    and l.publication_id = (select p.publication_id from serving.pointer as p)
where h.as_of_date = :'as_of_date'::date
order by abs(h.positive_count - 12), h.user_id
limit 1;
