-- Who was champion, from when until when, and why.
--
-- Grain   one row per deployment
-- Reads   model.deployments
create or replace view monitor.champions as
select
    d.deployment_id,
    d.model_id,
    d.deployed_at as champion_from,
    lead(d.deployed_at) over (order by d.deployment_id) as champion_until,
    d.replaced_model_id,
    d.kind,
    d.run_id,
    d.deployed_by,
    d.reason
from model.deployments as d;

comment on view monitor.champions is 'Who was champion, from when until when, and why: one row per deployment.';
comment on column monitor.champions.deployment_id is 'The deployment.';
comment on column monitor.champions.model_id is 'The champion.';
comment on column monitor.champions.champion_from is 'Since when.';
comment on column monitor.champions.champion_until is 'Until when; null for the present champion.';
comment on column monitor.champions.replaced_model_id is 'The champion before; null for the first.';
comment on column monitor.champions.kind is 'gate (by a run), promote or rollback (by a person).';
comment on column monitor.champions.run_id is 'The run that put it there; null where a person did.';
comment on column monitor.champions.deployed_by is 'Database user who did, or whose run did.';
comment on column monitor.champions.reason is 'Why.';
grant select on monitor.champions to vitrine_job, vitrine_analyst, vitrine_dashboard;
