-- The newest index of a space that was published: the one that a new index follows.
--
-- Grain   one row, or none
-- Reads   ann.indexes, serving.publications
-- Params  space_id
-- Note    An index whose publication was never finished may be taken back by its run: nothing follows it.
select
    i.index_id,
    i.kind,
    i.parameters::text,
    i.trained_quantisation_error,
    i.trained_item_count
from ann.indexes as i
inner join serving.publications as p
    on p.publication_id = i.publication_id and p.status = 'published'
where i.space_id = :'space_id'::bigint and i.status = 'ready'
order by p.published_at desc, i.index_id desc
limit 1;
