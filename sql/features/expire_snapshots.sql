-- Removes snapshots that no run will ask for again.
--
-- Writes  feature.item_action_windows, feature.item_snapshots, feature.user_action_windows,
--         feature.user_snapshots, feature.user_histories, feature.user_tag_affinities,
--         feature.user_creator_affinities, feature.item_neighbours, feature.trending_items,
--         feature.snapshots
-- Params  keep_from   snapshots before this date are removed
delete from feature.item_action_windows where as_of_date < :'keep_from'::date;

delete from feature.item_snapshots where as_of_date < :'keep_from'::date;

delete from feature.user_action_windows where as_of_date < :'keep_from'::date;

delete from feature.user_snapshots where as_of_date < :'keep_from'::date;

delete from feature.user_histories where as_of_date < :'keep_from'::date;

delete from feature.user_tag_affinities where as_of_date < :'keep_from'::date;

delete from feature.user_creator_affinities where as_of_date < :'keep_from'::date;

delete from feature.item_neighbours where as_of_date < :'keep_from'::date;

delete from feature.trending_items where as_of_date < :'keep_from'::date;

delete from feature.snapshots where as_of_date < :'keep_from'::date;
