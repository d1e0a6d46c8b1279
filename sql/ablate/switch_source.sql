-- Switches a source on or off.
--
-- Writes  serving.sources
-- Params  name, is_enabled
update serving.sources set is_enabled = :'is_enabled'::boolean where source_name = :'name'::text;
