-- Makes a publication the current one. Runs in one transaction: before its commit nothing of it
-- shows, after it everything does.
--
-- Reads   serving.recommendation_lists, serving.flips, serving.pointer, serving.publications,
--         model.embeddings_checksum, ann.index_checksum
-- Writes  serving.publications, serving.pointer, serving.flips
-- Params  publication_id, reason
-- Note    A publication that was dropped has no rows any more: it stays dropped, and the pointer where it is.
update serving.publications as p
set status = 'published',
    published_at = coalesce(p.published_at, clock_timestamp()),
    user_count = c.user_count,
    recommendation_count = c.recommendation_count,
    checksum = serving.publication_checksum(p.publication_id),
    -- What it was made from, once: a roll-back asks whether that is still there.
    embeddings_checksum = coalesce(p.embeddings_checksum, model.embeddings_checksum(p.model_id)),
    index_checksum = coalesce(p.index_checksum, ann.index_checksum(p.publication_id))
from (
    select
        count(*) as user_count,
        coalesce(sum(cardinality(l.item_ids)), 0) as recommendation_count
    from serving.recommendation_lists as l
    where l.publication_id = :'publication_id'::bigint
) as c
where p.publication_id = :'publication_id'::bigint and p.status <> 'dropped';

insert into serving.flips (publication_id, flipped_at, reason)
select
    :'publication_id'::bigint,
    -- Later than every flip before it, whatever the clock does.
    greatest(clock_timestamp(), max(f.flipped_at) + interval '1 microsecond'),
    :'reason'::text
from serving.flips as f
having :'publication_id'::bigint is distinct from (select p.publication_id from serving.pointer as p)
    and exists (
        select from serving.publications as c
        where c.publication_id = :'publication_id'::bigint and c.status = 'published');

insert into serving.pointer (publication_id, flipped_at)
select f.publication_id, f.flipped_at
from serving.flips as f
inner join serving.publications as p on p.publication_id = f.publication_id and p.status = 'published'
where f.publication_id = :'publication_id'::bigint
order by f.flip_id desc
limit 1
on conflict (is_current) do update
    set publication_id = excluded.publication_id, flipped_at = excluded.flipped_at;
