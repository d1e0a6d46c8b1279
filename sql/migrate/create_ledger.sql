-- The ledger of migrations itself, before the first of them.
--
-- Grain   none: creates what is missing; runs as vitrine_owner
create schema if not exists ops authorization vitrine_owner;

comment on schema ops is 'Migrations, runs, steps, watermarks: the ledger of operation.';

create table if not exists ops.migrations (
    migration_number integer not null,
    migration_name text not null,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp(),
    duration_seconds double precision not null,
    constraint migrations_have_a_key primary key (migration_number)
);

comment on table ops.migrations is 'Migrations that were applied, one row each.';
comment on column ops.migrations.migration_number is 'Number in the file name.';
comment on column ops.migrations.migration_name is 'The rest of the file name.';
comment on column ops.migrations.checksum is 'SHA-256 of the file: an applied file must not change.';
comment on column ops.migrations.applied_at is 'When it was applied.';
comment on column ops.migrations.duration_seconds is 'How long it took.';

create table if not exists ops.definitions (
    definition_path text not null,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp(),
    constraint definitions_have_a_key primary key (definition_path)
);

grant usage on schema ops to vitrine_job, vitrine_analyst;

-- Who runs jobs or asks for their state is told when the schema is not up to date.
grant select on ops.migrations, ops.definitions to vitrine_job, vitrine_analyst;

comment on table ops.definitions is 'Functions and views as applied from sql/, one row per file; replaced when the file changes.';
comment on column ops.definitions.definition_path is 'Path of the file under sql/.';
comment on column ops.definitions.checksum is 'SHA-256 of the file.';
comment on column ops.definitions.applied_at is 'When it was applied last.';
