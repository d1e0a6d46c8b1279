-- Places the tables of a migrated database on a Citus cluster; run once, as vitrine_owner, before any import.
--
-- Grain   the last statement: one row per table of the engine that was forgotten, none when all is well
-- Note    The one file that says where a table lies. Small tables that big ones are joined with are
--         reference tables; what is grained by user lies by user_id, what is counted for items by
--         item_id, each family together; ledgers, locks, pointers and reports stay local.
-- Source  Citus manual, create_distributed_table and create_reference_table

-- Reference: the same on every node.
select
    create_reference_table('source.actions') as actions,
    create_reference_table('source.creators') as creators,
    create_reference_table('source.item_versions') as item_versions,
    create_reference_table('feature.trending_items') as trending_items,
    create_reference_table('model.models') as models,
    create_reference_table('serving.sources') as sources,
    create_reference_table('serving.weights') as weights,
    create_reference_table('serving.filters') as filters,
    create_reference_table('serving.rules') as rules,
    create_reference_table('serving.fates') as fates,
    create_reference_table('serving.publication_sources') as publication_sources,
    create_reference_table('serving.publication_terms') as publication_terms,
    create_reference_table('serving.publication_rules') as publication_rules,
    create_reference_table('serving.publications') as publications,
    create_reference_table('serving.fallbacks') as fallbacks;

-- By user_id.
select create_distributed_table('source.user_versions', 'user_id', colocate_with => 'none') as user_versions;

select
    create_distributed_table('source.interactions', 'user_id', colocate_with => 'source.user_versions')
        as interactions,
    create_distributed_table('feature.user_action_days', 'user_id', colocate_with => 'source.user_versions')
        as user_action_days,
    create_distributed_table('feature.user_action_windows', 'user_id', colocate_with => 'source.user_versions')
        as user_action_windows,
    create_distributed_table('feature.user_snapshots', 'user_id', colocate_with => 'source.user_versions')
        as user_snapshots,
    create_distributed_table('feature.user_histories', 'user_id', colocate_with => 'source.user_versions')
        as user_histories,
    create_distributed_table('feature.user_tag_affinities', 'user_id', colocate_with => 'source.user_versions')
        as user_tag_affinities,
    create_distributed_table('feature.user_creator_affinities', 'user_id', colocate_with => 'source.user_versions')
        as user_creator_affinities,
    create_distributed_table('model.user_vectors', 'user_id', colocate_with => 'source.user_versions')
        as user_vectors,
    create_distributed_table('model.user_metrics', 'user_id', colocate_with => 'source.user_versions')
        as user_metrics,
    create_distributed_table('serving.candidate_lists', 'user_id', colocate_with => 'source.user_versions')
        as candidate_lists,
    create_distributed_table('serving.candidate_fates', 'user_id', colocate_with => 'source.user_versions')
        as candidate_fates,
    create_distributed_table('serving.ranked_lists', 'user_id', colocate_with => 'source.user_versions')
        as ranked_lists,
    create_distributed_table('serving.recommendation_lists', 'user_id', colocate_with => 'source.user_versions')
        as recommendation_lists,
    create_distributed_table('monitor.served_features', 'user_id', colocate_with => 'source.user_versions')
        as served_features;

-- By item_id.
select create_distributed_table('feature.item_user_days', 'item_id', colocate_with => 'none') as item_user_days;

select
    create_distributed_table('feature.item_action_days', 'item_id', colocate_with => 'feature.item_user_days')
        as item_action_days,
    create_distributed_table('feature.item_action_windows', 'item_id', colocate_with => 'feature.item_user_days')
        as item_action_windows,
    create_distributed_table('feature.item_snapshots', 'item_id', colocate_with => 'feature.item_user_days')
        as item_snapshots,
    create_distributed_table('feature.item_neighbours', 'item_id', colocate_with => 'feature.item_user_days')
        as item_neighbours,
    create_distributed_table('model.item_vectors', 'item_id', colocate_with => 'feature.item_user_days')
        as item_vectors,
    create_distributed_table('source.item_contents', 'item_id', colocate_with => 'feature.item_user_days')
        as item_contents,
    create_distributed_table('serving.similar_item_lists', 'item_id', colocate_with => 'feature.item_user_days')
        as similar_item_lists;

-- Local: named here, so that a table which is neither placed nor named is one that was forgotten.
with

local_tables as (
    select t.table_name
    from (values
        ('source.imports'), ('source.rejected_rows'),
        ('feature.days'), ('feature.snapshots'),
        ('model.artefacts'), ('model.checkpoints'), ('model.metrics'), ('model.measurements'),
        ('model.decisions'), ('model.comparisons'), ('model.trials'), ('model.deployments'),
        ('model.encoding_losses'), ('model.calibrations'), ('model.reliability'),
        ('ann.indexes'), ('ann.lists'), ('ann.list_entries'), ('ann.codebooks'), ('ann.recall'),
        ('serving.pointer'), ('serving.flips'), ('serving.funnel_counts'),
        ('monitor.check_results'), ('monitor.measures'),
        ('monitor.drift_settings'), ('monitor.drift_references'), ('monitor.drift_observations'),
        ('monitor.drift'), ('monitor.reference_embeddings'), ('monitor.check_settings'),
        ('monitor.counted_days'), ('monitor.event_days'), ('monitor.list_counts'),
        ('monitor.funnel_history'),
        ('monitor.alert_rules'), ('monitor.alerts'), ('monitor.alert_events'), ('monitor.silences'),
        ('monitor.receivers'), ('monitor.deliveries'),
        ('monitor.response_settings'), ('monitor.responses'), ('monitor.response_events'),
        ('ops.migrations'), ('ops.definitions'), ('ops.runs'), ('ops.steps'), ('ops.sharded_steps'),
        ('ops.step_shards'), ('ops.watermarks'), ('ops.breakers'), ('ops.data_owners'),
        ('ops.column_traits'), ('ops.holds'), ('ops.retrain_requests'), ('ops.switches'),
        ('ops.expected_runs')
    ) as t (table_name)
),

engine_tables as (
    select c.oid, n.nspname || '.' || c.relname as table_name
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('source', 'feature', 'model', 'ann', 'serving', 'monitor', 'experiment', 'ops')
        and c.relkind in ('r', 'p')
        and not c.relispartition
)

select e.table_name
from engine_tables as e
where not exists (select from local_tables as t where t.table_name = e.table_name)
    and not exists (select from pg_dist_partition as d where d.logicalrel = e.oid::regclass)
order by e.table_name;
