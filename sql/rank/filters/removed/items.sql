-- Items that were removed: at once, whatever the date of the run, and for everybody.
--
-- Grain   one row per item
-- Reads   source.items
select i.item_id
from source.items as i
where not i.is_available
order by i.item_id;
