-- Removes the aggregates of days that are about to be built again.
--
-- Writes  feature.user_action_days, feature.item_user_days, feature.item_action_days, feature.days
-- Params  from_date, until_date   both inclusive, UTC
delete from feature.user_action_days
where known_date between :'from_date'::date and :'until_date'::date;

delete from feature.item_user_days
where known_date between :'from_date'::date and :'until_date'::date;

delete from feature.item_action_days
where known_date between :'from_date'::date and :'until_date'::date;

delete from feature.days
where known_date between :'from_date'::date and :'until_date'::date;
