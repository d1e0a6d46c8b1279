-- Responses that wait to be decided, the oldest first.
--
-- Grain   one row per response
-- Reads   monitor.responses
select r.response_id
from monitor.responses as r
where r.state = 'proposed'
order by r.response_id;
