-- What the second stage of the newest step rank has done, and with which ranker.
--
-- Grain   one row, or none
-- Reads   ops.steps, ops.runs, serving.publications
-- Output  seconds                     of the stage, added up over shards
--         candidates, users, events   that it scored; events of the users' histories
select
    p.ranker_model_id,
    s.run_id,
    r.as_of_date,
    (s.details ->> 'second_stage_milliseconds')::double precision / 1000 as seconds,
    (s.details ->> 'second_stage_candidates')::bigint as candidates,
    (s.details ->> 'second_stage_users')::bigint as users,
    (s.details ->> 'second_stage_events')::bigint as events
from ops.steps as s
inner join ops.runs as r on r.run_id = s.run_id
inner join serving.publications as p on p.run_id = s.run_id
where s.step_name = 'rank'
    and s.status = 'succeeded'
    and p.ranker_model_id is not null
    and (s.details ->> 'second_stage_candidates')::bigint > 0
order by s.run_id desc, s.attempt desc
limit 1;
