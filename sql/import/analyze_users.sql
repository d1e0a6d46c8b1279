-- Statistics of the staged rows, which nobody else gathers for a temporary table.
analyze pg_temp.staged_users;
