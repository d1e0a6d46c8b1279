-- Models that can serve or could, each with the evaluation model of the same run that measures it.
--
-- Grain   one row per serving model
-- Reads   model.models, model.artefacts, model.decisions, monitor.champions
create or replace view monitor.models as
with

tenures as (
    select
        c.model_id,
        min(c.champion_from) as champion_from,
        max(coalesce(c.champion_until, 'infinity')) as champion_until
    from monitor.champions as c
    group by c.model_id
)

select
    s.model_id,
    s.run_id,
    e.model_id as evaluation_model_id,
    s.as_of_date,
    case
        when t.champion_until = 'infinity' then 'champion'
        when t.model_id is not null or not k.has_artefact then 'retired'
        else 'challenger'
    end as state,
    t.champion_from as first_champion_at,
    d.outcome as gate_outcome,
    array_to_string(d.reasons, '; ') as decision_reason,
    s.dimension,
    s.artefact_bytes,
    k.has_artefact,
    s.seed,
    s.code_version,
    s.created_at
from model.models as s
left join model.models as e
    on e.run_id = s.run_id and e.kind = s.kind and e.purpose = 'evaluation'
left join tenures as t on t.model_id = s.model_id
cross join lateral (
    select exists (select from model.artefacts as a where a.model_id = s.model_id) as has_artefact
) as k
left join model.decisions as d on d.challenger_model_id = s.model_id
where s.kind = 'two_tower' and s.purpose = 'serving';

comment on view monitor.models is 'Models that can serve or could, each with the evaluation model of the same run that measures it.';
comment on column monitor.models.model_id is 'The serving model: what promote and rollback name.';
comment on column monitor.models.run_id is 'The run that trained both.';
comment on column monitor.models.evaluation_model_id is 'Its twin, trained without what is held out; null where there was too little to hold out.';
comment on column monitor.models.as_of_date is 'It knew what was known before 00:00 UTC of this date.';
comment on column monitor.models.state is 'champion; challenger (never champion, and may become it); retired (was champion, or its bytes are gone).';
comment on column monitor.models.first_champion_at is 'When it first became champion; null where it never did.';
comment on column monitor.models.gate_outcome is 'What the gate said of it: promoted, passed (and left to a person) or refused; null where it was not asked.';
comment on column monitor.models.decision_reason is 'Why the gate said so.';
comment on column monitor.models.dimension is 'Numbers in an embedding.';
comment on column monitor.models.artefact_bytes is 'Size of the artefact.';
comment on column monitor.models.has_artefact is 'Whether its bytes are still kept: without, it cannot serve again.';
comment on column monitor.models.seed is 'Seed of its random numbers.';
comment on column monitor.models.code_version is 'Version of Vitrine that trained it.';
comment on column monitor.models.created_at is 'When it was trained.';
grant select on monitor.models to vitrine_job, vitrine_analyst, vitrine_dashboard;
