-- What the codes of an index stand for.
--
-- Grain   one row per codeword or row of the rotation, in order; none unless product-quantised
-- Reads   ann.codebooks
-- Params  index_id
select c.codebook_name, c.components
from ann.codebooks as c
where c.index_id = :'index_id'::bigint
order by c.codebook_name, c.part_number;
