-- The filters that are applied, in the order in which their reasons count.
--
-- Grain   one row per filter
-- Reads   serving.filters, serving.fates
-- Output  fate_id   null where nobody said what becomes of what it takes out
select f.filter_name, e.fate_id, f.parameters
from serving.filters as f
left join serving.fates as e on e.stage = 'filter' and e.reason = f.filter_name
where f.is_enabled or f.filter_name = 'removed'
order by f.priority;
