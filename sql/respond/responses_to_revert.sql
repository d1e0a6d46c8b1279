-- Executed responses to alerts that are over, where the settings say that they are taken back then.
--
-- Grain   one row per response
-- Reads   monitor.responses, monitor.response_settings, monitor.alerts
select r.response_id
from monitor.responses as r
inner join monitor.response_settings as s on s.response_name = r.response_name
inner join monitor.alerts as a on a.alert_id = r.alert_id
where r.state = 'executed' and s.reverts_on_resolve and a.state = 'resolved'
order by r.response_id;
