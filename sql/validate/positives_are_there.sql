-- The actions that the job calls positive exist, and at least one of them has happened.
--
-- Check   fail
-- Owner   model
-- Action  Name other positive_actions in the job, or give the actions a label weight in source.actions.
-- Reads   source.actions, source.interactions
-- Params  as_of_date, positive_actions
-- Output  subject, detail, violation_count
with

positives as (
    select p.action_name, a.action_id, a.label_weight
    from unnest(:'positive_actions'::text[]) as p (action_name)
    left join source.actions as a on a.action_name = p.action_name
)

select
    p.action_name as subject,
    case
        when p.action_id is null then 'no such action in source.actions'
        else 'its label weight is not above 0'
    end as detail,
    1::bigint as violation_count
from positives as p
where p.action_id is null or p.label_weight <= 0

union all

select
    'source.interactions' as subject,
    'no positive event was known before the date' as detail,
    1::bigint as violation_count
where not exists (
    select from source.interactions as i
    where i.action_id in (select p.action_id from positives as p)
        and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC')
order by subject;
