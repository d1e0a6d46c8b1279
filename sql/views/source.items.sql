-- Items as they are known now.
--
-- Grain   one row per item
-- Reads   source.item_versions
create or replace view source.items as
select distinct on (v.item_id)
    v.item_id,
    v.creator_id,
    v.kind,
    v.created_at,
    v.known_at,
    v.is_available,
    v.language,
    v.caption,
    v.tags,
    v.attributes
from source.item_versions as v
order by v.item_id, v.known_at desc;

comment on view source.items is 'Items as they are known now: the newest version of each.';
comment on column source.items.item_id is 'Identifier of the item.';
comment on column source.items.creator_id is 'Who made it, where known.';
comment on column source.items.kind is 'post, video or reel.';
comment on column source.items.created_at is 'When it was published, where known.';
comment on column source.items.known_at is 'Since when this version was known.';
comment on column source.items.is_available is 'False once the item was removed.';
comment on column source.items.language is 'Language of the item, where known.';
comment on column source.items.caption is 'Text of the item, where there is one.';
comment on column source.items.tags is 'Tags or categories.';
comment on column source.items.attributes is 'Whatever else is known of the item.';
grant select on source.items to vitrine_job, vitrine_analyst;
