-- Removes the snapshots of a date and grain that are about to be built again.
--
-- Writes  feature.item_action_windows, feature.item_snapshots, feature.user_action_windows,
--         feature.user_snapshots, feature.user_histories, feature.user_tag_affinities,
--         feature.user_creator_affinities, feature.item_neighbours, feature.trending_items,
--         feature.snapshots
-- Params  as_of_date, grain   item, user or source
delete from feature.item_action_windows
where as_of_date = :'as_of_date'::date and :'grain'::text = 'item';

delete from feature.item_snapshots
where as_of_date = :'as_of_date'::date and :'grain'::text = 'item';

delete from feature.user_action_windows
where as_of_date = :'as_of_date'::date and :'grain'::text = 'user';

delete from feature.user_snapshots
where as_of_date = :'as_of_date'::date and :'grain'::text = 'user';

delete from feature.user_histories
where as_of_date = :'as_of_date'::date and :'grain'::text = 'user';

delete from feature.user_tag_affinities
where as_of_date = :'as_of_date'::date and :'grain'::text = 'user';

delete from feature.user_creator_affinities
where as_of_date = :'as_of_date'::date and :'grain'::text = 'user';

delete from feature.item_neighbours
where as_of_date = :'as_of_date'::date and :'grain'::text = 'source';

delete from feature.trending_items
where as_of_date = :'as_of_date'::date and :'grain'::text = 'source';

delete from feature.snapshots
where as_of_date = :'as_of_date'::date and grain = :'grain'::text;
