-- Publications whose ranked lists need not be kept: beyond the newest ones.
--
-- Grain   one row per publication
-- Reads   serving.publications, serving.pointer
-- Params  keep_ranked_lists   for how many published ones to keep them
select p.publication_id
from (
    select
        n.publication_id,
        row_number() over (order by n.published_at desc, n.publication_id desc) as place
    from serving.publications as n
    where n.status = 'published'
) as p
where p.place > :'keep_ranked_lists'::integer
    and p.publication_id <> (select c.publication_id from serving.pointer as c)
    and to_regclass('serving.ranked_lists_' || p.publication_id) is not null
order by p.publication_id;
