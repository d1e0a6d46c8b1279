-- Numeric features of items that the ranker reads.
--
-- Grain   one row per item of the snapshot, by item_id
-- Reads   feature.item_features
-- Params  as_of_date
-- Output  names     of the features, the same in every row
--         numbers   in the order of names; NaN where not known
select f.item_id, f.names, f.numbers
from feature.item_features(:'as_of_date'::date) as f
order by f.item_id;
