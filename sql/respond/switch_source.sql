-- Switches a source of candidates on or off.
--
-- Writes  serving.sources
-- Params  source_name, is_enabled
update serving.sources
set is_enabled = :'is_enabled'::boolean
where source_name = :'source_name'::text;
