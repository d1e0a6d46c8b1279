-- How many measures of a run the rules of alerts read.
--
-- Grain   one row
-- Reads   monitor.readings
-- Params  run_id
select count(*) as reading_count
from monitor.readings(:'run_id'::bigint);
