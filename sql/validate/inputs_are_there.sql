-- What the job reads of users and items is there: attributes of the profile, numbers, content vectors.
--
-- Check   warn
-- Owner   model
-- Action  Import the attribute or the vectors, or take the name out of the settings of the job.
-- Reads   source.user_versions, source.item_contents
-- Params  as_of_date, profile_attributes, profile_numbers, content_encoders
-- Output  subject, detail, violation_count   one row per name
-- Note    One user or item that has it is enough; how many have it is what attributes_are_filled asks.
select
    'user attribute ' || p.attribute_name as subject,
    'no user has the attribute'::text as detail,
    1::bigint as violation_count
from unnest(:'profile_attributes'::text[]) as p (attribute_name)
where not exists (
    select from source.user_versions as v
    where v.attributes ->> p.attribute_name is not null
        and v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC')

union all

select 'user attribute ' || p.attribute_name, 'no user has a number there', 1
from unnest(:'profile_numbers'::text[]) as p (attribute_name)
where not exists (
    select from source.user_versions as v
    where jsonb_typeof(v.attributes -> p.attribute_name) = 'number'
        and v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC')

union all

select 'content ' || e.encoder_name, 'no item has such a vector', 1
from unnest(:'content_encoders'::text[]) as e (encoder_name)
where not exists (
    select from source.item_contents as c
    where c.modality = split_part(e.encoder_name, '/', 1)
        and c.encoder = substr(e.encoder_name, strpos(e.encoder_name, '/') + 1)
        and c.known_at < :'as_of_date'::date::timestamp at time zone 'UTC')
order by subject;
