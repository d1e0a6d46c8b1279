-- How old each item is.
--
-- Grain   one row per item of the snapshot whose age is known, by item_id
-- Reads   feature.item_snapshots
-- Params  as_of_date
select s.item_id, 24 * s.age_days::double precision as age_hours
from feature.item_snapshots as s
where s.as_of_date = :'as_of_date'::date and s.age_days is not null
order by s.item_id;
