-- What is held of a kind.
--
-- Grain   one row per hold
-- Reads   ops.holds
-- Params  kind   publication or cohort
select h.hold_id, h.subject, h.reason
from ops.holds as h
where h.kind = :'kind'::text and h.released_at is null
order by h.hold_id;
