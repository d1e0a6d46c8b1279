-- Why proposals to a user went no further.
--
-- Grain   one row per stage and reason, in the order of stages
-- Reads   serving.candidate_fates, serving.fates
-- Params  publication_id, user_id
select f.stage, f.reason, count(*) as ended_count, f.description
from serving.candidate_fates as c
cross join lateral unnest(c.fate_ids) as e (fate_id)
inner join serving.fates as f on f.fate_id = e.fate_id
where c.user_id = :'user_id'::bigint
    and c.publication_id = :'publication_id'::bigint
    and f.stage <> 'published'
group by f.fate_id
order by f.stage_place, f.fate_id;
