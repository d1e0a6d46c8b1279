-- Items that the user hid or reported, whenever.
--
-- Grain   one row per user with any, in a range of buckets, by user_id
-- Reads   feature.item_user_days, feature.user_snapshots, source.actions
-- Params  as_of_date, from_bucket, until_bucket   buckets both inclusive
select d.user_id, array_agg(distinct d.item_id) as item_ids
from feature.item_user_days as d
inner join source.actions as a on a.action_id = d.action_id and a.sign < 0
inner join feature.user_snapshots as s
    on s.user_id = d.user_id
    and s.as_of_date = :'as_of_date'::date
    and s.bucket between :'from_bucket'::smallint and :'until_bucket'::smallint
where d.known_date < :'as_of_date'::date
group by d.user_id
order by d.user_id;
