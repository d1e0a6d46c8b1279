-- What stands in the lists of indexes, as rows.
--
-- Grain   one row per index and item
-- Reads   ann.list_entries
create or replace view ann.entries as
select
    e.index_id,
    e.list_number,
    i.item_id,
    substring(
        e.codes,
        (i.place::integer - 1) * (octet_length(e.codes) / cardinality(e.item_ids)) + 1,
        octet_length(e.codes) / cardinality(e.item_ids)) as code
from ann.list_entries as e
cross join lateral unnest(e.item_ids) with ordinality as i (item_id, place);

comment on view ann.entries is 'What stands in the lists of indexes, one row per index and item.';
comment on column ann.entries.index_id is 'The index.';
comment on column ann.entries.list_number is 'The list.';
comment on column ann.entries.item_id is 'The item.';
comment on column ann.entries.code is 'Its code; empty in a flat index.';
grant select on ann.entries to vitrine_job, vitrine_analyst;
