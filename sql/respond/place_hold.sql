-- Places the hold of a response, once.
--
-- Grain   one row: its identifier; none where the response holds already
-- Reads   ops.holds
-- Writes  ops.holds
-- Params  kind, subject, response_id, reason
-- Note    Each response holds by itself: what two alerts ask for is released when both are over.
insert into ops.holds (kind, subject, response_id, placed_by, reason)
select :'kind'::text, :'subject'::text, :'response_id'::bigint, 'vitrine', :'reason'::text
where not exists (
    select
    from ops.holds as h
    where h.response_id = :'response_id'::bigint and h.released_at is null)
returning hold_id;
