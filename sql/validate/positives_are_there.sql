-- The actions that the job calls positive exist and have happened.
--
-- Check   fail
-- Reads   source.actions, source.interactions
-- Params  as_of_date, positive_actions
-- Output  subject, detail, violation_count
select
    p.action_name as subject,
    case
        when a.action_id is null then 'no such action in source.actions'
        when a.label_weight <= 0 then 'its label weight is not above 0'
        else 'no such event was known before the date'
    end as detail,
    1::bigint as violation_count
from unnest(:'positive_actions'::text[]) as p (action_name)
left join source.actions as a on a.action_name = p.action_name
where a.action_id is null
    or a.label_weight <= 0
    or not exists (
        select from source.interactions as i
        where i.action_id = a.action_id
            and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC')
order by p.action_name;
