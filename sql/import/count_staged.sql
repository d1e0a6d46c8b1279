-- How many rows are staged; an import fills the table of its target alone.
--
-- Grain   one row
-- Reads   pg_temp.staged_users, pg_temp.staged_items, pg_temp.staged_interactions
select
    (select count(*) from pg_temp.staged_users)
    + (select count(*) from pg_temp.staged_items)
    + (select count(*) from pg_temp.staged_interactions) as staged_count;
