-- Publications of which the lists are kept, but not what they were chosen from: beyond the newest ones.
--
-- Grain   one row per publication
-- Reads   serving.publications, serving.pointer
-- Params  keep_candidates   for how many published ones to keep it
select p.publication_id
from (
    select
        n.publication_id,
        row_number() over (order by n.published_at desc, n.publication_id desc) as place
    from serving.publications as n
    where n.status = 'published'
) as p
where p.place > :'keep_candidates'::integer
    and p.publication_id <> (select c.publication_id from serving.pointer as c)
    and to_regclass('serving.candidate_lists_' || p.publication_id) is not null
order by p.publication_id;
