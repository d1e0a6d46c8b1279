-- Items with a flag that takes them out: at once, whatever the date of the run, as with removals. What only
-- demotes is the rule policy_demotion.
--
-- Grain   one row per item
-- Reads   source.items
-- Params  removed_flags   the flags: the attribute policy_flags of an item is an array of text
select i.item_id
from source.items as i
where i.attributes -> 'policy_flags' ?| :'removed_flags'::text[]
order by i.item_id;
