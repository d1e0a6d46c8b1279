-- Drops what import/create_staging made.
-- Writes  pg_temp.staged_users, pg_temp.staged_items, pg_temp.staged_interactions,
--         pg_temp.collapsed_interactions
--
drop table if exists pg_temp.staged_users;

drop table if exists pg_temp.staged_items;

drop table if exists pg_temp.staged_interactions;

drop table if exists pg_temp.collapsed_interactions;
