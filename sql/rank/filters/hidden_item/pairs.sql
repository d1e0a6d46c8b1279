-- Items that the user hid or reported, whenever.
--
-- Grain   one row per user with any, in a range of buckets, by user_id
-- Reads   source.interactions, feature.user_snapshots, source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
select i.user_id, array_agg(distinct i.item_id) as item_ids
from source.interactions as i
inner join source.actions as a on a.action_id = i.action_id and a.sign < 0
inner join feature.user_snapshots as s
    on s.user_id = i.user_id
    and s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
where i.known_at < :'as_of_date'::date::timestamp at time zone 'UTC'
group by i.user_id
order by i.user_id;
