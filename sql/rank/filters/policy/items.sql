-- Items with a flag that a policy takes out; what a policy only demotes is left to the rule policy_demotion.
--
-- Grain   one row per item
-- Reads   source.items, serving.policies
-- Params  as_of_date   not read
-- Note    The flags of an item are its attribute policy_flags, an array of text.
select i.item_id
from source.items as i
where jsonb_typeof(i.attributes -> 'policy_flags') = 'array'
    and exists (
        select from serving.policies as p
        where p.multiplier = 0 and (i.attributes -> 'policy_flags') ? p.flag)
order by i.item_id;
