-- The actions by name.
--
-- Grain   one row per action
-- Reads   source.actions
select action_name, action_id
from source.actions
order by action_id;
