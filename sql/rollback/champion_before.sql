-- The champion that a roll-back goes to: the one that the present one replaced when it was promoted.
--
-- Grain   one row, or none when the present champion was the first
-- Reads   model.rollback_path
-- Note    Roll-backs themselves do not count, so that a second one goes further back and not forth
--         again.
select r.model_id
from model.rollback_path(1) as r;
