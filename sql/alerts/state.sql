-- The state of an alert.
--
-- Grain   one row, or none
-- Reads   monitor.alerts
-- Params  alert_id
select a.state
from monitor.alerts as a
where a.alert_id = :'alert_id'::bigint;
