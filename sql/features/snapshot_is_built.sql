-- Whether the snapshots of a date were built from a definition.
--
-- Grain   one row
-- Reads   feature.snapshots
-- Params  as_of_date, grain, definition_checksum
select exists (
    select from feature.snapshots as s
    where s.as_of_date = :'as_of_date'::date
        and s.grain = :'grain'::text
        and s.definition_checksum = :'definition_checksum'::text) as is_built;
