-- Checks that are to be other than their files say.
--
-- Grain   one row per row of monitor.check_settings
-- Reads   monitor.check_settings
-- Output  check_name, is_enabled, severity (null for that of the file), owner (likewise), settings
select s.check_name, s.is_enabled, s.severity, s.owner, s.settings
from monitor.check_settings as s
order by s.check_name;
