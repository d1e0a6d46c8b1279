-- The weights that a publication would be given now.
--
-- Grain   one row per term that has one
-- Reads   serving.weights
select w.term_name, w.weight
from serving.weights as w
where w.weights_version = (select max(n.weights_version) from serving.weights as n)
order by w.term_name;
