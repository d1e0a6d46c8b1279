-- Whom a night had no time for is remembered, so that nobody is left out every night.
alter table serving.recommendation_lists
    add column deferred_since date null,
    add constraint who_has_a_ranked_list_is_not_deferred
        check (deferred_since is null or list_kind <> 'model');
comment on column serving.recommendation_lists.deferred_since is 'Date of the first of the publications in a row, up to this one, that had no time for the user; null where the user had a turn.';
create index recommendation_lists_by_wait
    on serving.recommendation_lists (bucket) where deferred_since is not null;

-- Histories keep more than the newest.
comment on column feature.user_histories.item_ids is 'Items of the newest positive events and the strongest of those before, oldest first, each item once at its last place.';

-- serving.explain gains a column: it is made anew from its file.
drop function if exists serving.explain(bigint, bigint, bigint);
