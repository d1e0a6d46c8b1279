-- What became of an item for a user.
--
-- Grain   one row per source that proposed the item, or one without a source
-- Reads   serving.why_not
-- Params  publication_id, user_id, item_id
select w.source, w.source_rank, w.source_score, w.stage, w.reason, w.description
from serving.why_not(:'user_id'::bigint, :'item_id'::bigint, :'publication_id'::bigint) as w;
