-- Records how an attempt at a delivery ended.
--
-- Reads   monitor.receivers
-- Writes  monitor.deliveries
-- Params  delivery_id
--         error_message   empty where the receiver accepted it
-- Note    The next attempt is half a minute later, then twice as long each time, up to an hour.
update monitor.deliveries as d
set attempt_count = d.attempt_count + 1,
    delivered_at = case when :'error_message'::text = '' then clock_timestamp() end,
    given_up_at = case
        when :'error_message'::text <> '' and d.attempt_count + 1 >= r.attempt_limit then clock_timestamp()
    end,
    next_attempt_at = clock_timestamp()
        + least(interval '30 seconds' * power(2, least(d.attempt_count, 10)), interval '1 hour'),
    last_error = nullif(:'error_message'::text, '')
from monitor.receivers as r
where r.receiver_name = d.receiver_name and d.delivery_id = :'delivery_id'::bigint;
