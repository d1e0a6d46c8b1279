-- Why an item stands in the list of a user, in words.
--
-- Grain   one row, or none where the item is not in the list
-- Reads   serving.explain
-- Params  publication_id, user_id, item_id
select e.explanation
from serving.explain(:'user_id'::bigint, :'item_id'::bigint, :'publication_id'::bigint) as e;
