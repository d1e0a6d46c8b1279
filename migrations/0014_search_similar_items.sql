-- Recall of the search for similar items beside that for users; searches that score by codes.

alter table ann.recall
    add column searched_for text not null default 'candidates',
    add constraint recall_is_of_a_known_search
        check (searched_for in ('candidates', 'similar_items')),
    drop constraint recalls_have_a_key,
    add constraint recalls_have_a_key primary key (index_id, searched_for, probes, cutoff);
alter table ann.recall alter column searched_for drop default;
comment on table ann.recall is 'How much of the exact result is found, measured at each build: of the candidates of users in the lists of an index, and of similar items in the lists by cosine that the run makes to find them.';
comment on column ann.recall.searched_for is 'candidates: with embeddings of users; similar_items: with embeddings of items, the bias left out.';

-- They have more parameters now, and are made again as functions of other types.
drop function if exists ann.search(
    real[], integer, integer, bigint[], bigint[], text[], text[], bigint, bigint);
drop function if exists ann.search_lists(
    bigint, real[], text, integer, integer, bigint[], bigint[], text[], text[]);
