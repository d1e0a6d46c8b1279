-- Histories keep more than the newest.
comment on column feature.user_histories.item_ids is 'Items of the newest positive events and the strongest of those before, oldest first, each item once at its last place.';

-- serving.explain gains a column: it is made anew from its file.
drop function if exists serving.explain(bigint, bigint, bigint);
