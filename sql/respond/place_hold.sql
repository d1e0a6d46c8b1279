-- Places a hold, unless the same is held already.
--
-- Grain   one row: its identifier; none where it is held already
-- Reads   ops.holds
-- Writes  ops.holds
-- Params  kind, subject, response_id, reason
insert into ops.holds (kind, subject, response_id, placed_by, reason)
select :'kind'::text, :'subject'::text, :'response_id'::bigint, 'vitrine', :'reason'::text
where not exists (
    select
    from ops.holds as h
    where h.kind = :'kind'::text and h.subject = :'subject'::text and h.released_at is null)
returning hold_id;
