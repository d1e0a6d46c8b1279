-- Stages the users and the items that only the interactions of this load name, without content.
--
-- Grain   staged_users: one row per unknown user; staged_items: one per unknown item
-- Reads   pg_temp.collapsed_interactions, source.user_versions, source.item_versions
-- Writes  pg_temp.staged_users, pg_temp.staged_items
-- Note    Each is known since the first of its events is. load_users and load_items take it from here.
insert into pg_temp.staged_users (
    file_number, line_number, user_id, known_at, has_own_moment, attributes, raw_text)
select 0, 0, c.user_id, min(c.known_at), false, '{}', ''
from pg_temp.collapsed_interactions as c
where not exists (select from source.user_versions as u where u.user_id = c.user_id)
group by c.user_id;

insert into pg_temp.staged_items (
    file_number, line_number, item_id, known_at, has_own_moment, kind, is_available, tags,
    attributes, raw_text)
select 0, 0, c.item_id, min(c.known_at), false, 'post', true, '{}', '{}', ''
from pg_temp.collapsed_interactions as c
where not exists (select from source.item_versions as i where i.item_id = c.item_id)
group by c.item_id;
