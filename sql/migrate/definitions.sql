-- Functions and views as applied.
--
-- Grain   one row per file
-- Reads   ops.definitions
select definition_path, checksum
from ops.definitions
order by definition_path;
