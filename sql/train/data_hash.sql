-- Hash of everything a model trained as of a date reads: equal for equal data.
--
-- Grain   one row
-- Reads   feature.item_snapshots, feature.user_snapshots, feature.user_histories,
--         source.item_versions, source.item_contents, source.user_versions, source.interactions
-- Params  from_date, as_of_date   snapshots of items between both, of users at the latter
--         content_encoders        vectors of items that are read, each as modality/encoder
--         impression_length       impressions read of each user; with 0, interactions are not read
--         withheld                what is not learned of that, in words; empty for nothing
-- Note    A row known later is in none of it, so it cannot change the hash. Sums of row hashes do
--         not depend on the order of rows, nor hashes of values, unlike those of their text, on
--         the settings of the session.
select md5(
    coalesce((
        select sum(hash_record_extended(s, 0)::numeric)
        from feature.item_snapshots as s
        where s.as_of_date between :'from_date'::date and :'as_of_date'::date), 0)::text
    || '/' || coalesce((
        select sum(hash_record_extended(s, 0)::numeric)
        from feature.user_snapshots as s
        where s.as_of_date = :'as_of_date'::date), 0)::text
    || '/' || coalesce((
        select sum(hash_record_extended(h, 0)::numeric)
        from feature.user_histories as h
        where h.as_of_date = :'as_of_date'::date), 0)::text
    || '/' || coalesce((
        select sum(hash_record_extended(
            row(v.item_id, v.known_at, v.creator_id, v.tags, v.is_available, v.caption), 0)::numeric)
        from source.item_versions as v
        where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'), 0)::text
    || '/' || coalesce((
        select sum(hash_record_extended(c, 0)::numeric)
        from source.item_contents as c
        where c.modality || '/' || c.encoder = any (:'content_encoders'::text[])
            and c.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'), 0)::text
    || '/' || coalesce((
        select sum(hash_record_extended(row(v.user_id, v.known_at, v.attributes), 0)::numeric)
        from source.user_versions as v
        where v.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'), 0)::text
    || coalesce((
        select '/' || sum(hash_record_extended(
            row(i.user_id, i.item_id, i.action_id, i.occurred_at), 0)::numeric)
        from source.interactions as i
        where :'impression_length'::integer > 0
            and i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'), '')
    || :'withheld'::text
    ) as data_hash;
