-- Searches that score by codes.

-- They have more parameters now, and are made again as functions of other types.
drop function if exists ann.search(
    real[], integer, integer, bigint[], bigint[], text[], text[], bigint, bigint);
drop function if exists ann.search_lists(
    bigint, real[], text, integer, integer, bigint[], bigint[], text[], text[]);
