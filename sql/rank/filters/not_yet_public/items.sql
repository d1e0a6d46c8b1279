-- Items that are to be published after the date, by what is known now: nothing comes out too early because
-- a run was for an earlier date.
--
-- Grain   one row per item
-- Reads   source.items
-- Params  as_of_date
select i.item_id
from source.items as i
where i.created_at >= (:'as_of_date'::date + 1)::timestamp at time zone 'UTC'
order by i.item_id;
