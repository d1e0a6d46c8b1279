-- Users as they are known now.
--
-- Grain   one row per user
-- Reads   source.user_versions
create or replace view source.users as
select distinct on (v.user_id)
    v.user_id,
    v.bucket,
    v.created_at,
    v.known_at,
    v.attributes
from source.user_versions as v
order by v.user_id, v.known_at desc;

comment on view source.users is 'Users as they are known now: the newest version of each.';
comment on column source.users.user_id is 'Identifier of the user.';
comment on column source.users.bucket is 'Unit of sharded work, 0 to 1023.';
comment on column source.users.created_at is 'When the user joined, where known.';
comment on column source.users.known_at is 'Since when this version was known.';
comment on column source.users.attributes is 'Profile of the user.';
grant select on source.users to vitrine_job, vitrine_analyst;
