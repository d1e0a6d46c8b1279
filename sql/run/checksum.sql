-- SHA-256 of a text, in hexadecimal.
--
-- Grain   one row
-- Params  content   the text
select encode(sha256(convert_to(:'content'::text, 'UTF8')), 'hex') as checksum;
