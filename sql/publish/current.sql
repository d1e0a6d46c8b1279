-- The publication that is current.
--
-- Grain   one row, or none
-- Reads   serving.pointer
select p.publication_id
from serving.pointer as p;
