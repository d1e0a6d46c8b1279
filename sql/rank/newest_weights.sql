-- The version of the weights that is used from now on.
--
-- Grain   one row
-- Reads   serving.weights
select max(w.weights_version) as weights_version
from serving.weights as w;
