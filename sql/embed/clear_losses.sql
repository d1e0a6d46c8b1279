-- Removes what was measured of the embeddings of a space when they were made before.
--
-- Writes  model.encoding_losses
-- Params  space_id
delete from model.encoding_losses where space_id = :'space_id'::bigint;
