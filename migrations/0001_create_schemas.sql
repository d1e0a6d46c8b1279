-- One schema per layer; the arrow is the direction in which data flows:
-- source -> feature -> model -> serving -> monitor, with ops beside them.
--
-- The roles vitrine_owner, vitrine_job, vitrine_analyst and vitrine_dashboard exist already
-- (sql/migrate/create_roles.sql makes them); this file runs as vitrine_owner.

create schema source;
comment on schema source is 'What happened and what exists: users, items, creators, actions, interactions, as imported.';

create schema feature;
comment on schema feature is 'Point-in-time features, computed in SQL from source.';

create schema model;
comment on schema model is 'Trained models, their measures, their deployments and the embeddings they made.';

create schema serving;
comment on schema serving is 'Publications of recommendations, and the views and functions that read them.';

create schema monitor;
comment on schema monitor is 'Checks and measures of data, models and system; dashboards read its views.';

-- Jobs write every layer. Analysts read every layer. Dashboards read the views of monitor,
-- which grant themselves where they are created, and nothing else.
grant usage on schema source, feature, model, serving, monitor, ops to vitrine_job, vitrine_analyst;
grant usage on schema monitor to vitrine_dashboard;

alter default privileges in schema source, feature, model, serving, monitor, ops
    grant select on tables to vitrine_analyst;
alter default privileges in schema source, feature, model, serving, monitor, ops
    grant select, insert, update, delete on tables to vitrine_job;
alter default privileges in schema source, feature, model, serving, monitor, ops
    grant usage on sequences to vitrine_job;

-- Functions are executable by everyone unless taken away: here they are granted one by one.
alter default privileges revoke execute on functions from public;
alter default privileges in schema source, feature, model, serving, monitor, ops
    grant execute on functions to vitrine_job;
