-- The flags of each item that has any.
--
-- Grain   one row per item, by item_id
-- Reads   source.items
select
    i.item_id,
    array(select f.flag from jsonb_array_elements_text(i.attributes -> 'policy_flags') as f (flag)) as flags
from source.items as i
where jsonb_typeof(i.attributes -> 'policy_flags') = 'array'
order by i.item_id;
