-- Which share of the exposures of the last day each item had.
--
-- Grain   one row per item of the snapshot that was shown on that day, by item_id
-- Reads   feature.item_snapshots
-- Params  as_of_date
select
    s.item_id,
    s.impression_count_1d / sum(s.impression_count_1d) over ()::double precision as share
from feature.item_snapshots as s
where s.as_of_date = :'as_of_date'::date and s.impression_count_1d > 0
order by s.item_id;
