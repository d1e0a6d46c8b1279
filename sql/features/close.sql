-- Closes the features as of a date: what arrives from now on is known from that date on.
--
-- Writes  ops.watermarks
-- Params  as_of_date
-- Note    The watermark never moves back.
insert into ops.watermarks (watermark_name, closed_through)
values ('features', :'as_of_date'::date::timestamp at time zone 'UTC')
on conflict (watermark_name) do update
    set closed_through = greatest(watermarks.closed_through, excluded.closed_through),
        updated_at = clock_timestamp();
