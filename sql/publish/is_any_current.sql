-- Whether anything is published.
--
-- Grain   one row
-- Reads   serving.pointer
select exists (select from serving.pointer) as is_any_current;
