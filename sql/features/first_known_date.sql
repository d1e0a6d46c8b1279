-- The UTC day on which anything became known first.
--
-- Grain   one row; null where there is nothing
-- Reads   feature.days
select min(d.known_date) as first_date
from feature.days as d
where d.interaction_count > 0;
