-- Keeps the features from being closed, and imports of the same target apart, until the
-- transaction ends.
--
-- Params  target
-- Note    features/lock_imports takes the first key exclusively. The second one keeps two loads of
--         the same rows from waiting for one another in a circle. Loading sorts and groups all
--         that was staged, which is worth some memory.
set local work_mem = '128MB';

select
    pg_advisory_xact_lock_shared(hashtextextended('vitrine/import', 0)) as features_locked,
    pg_advisory_xact_lock(hashtextextended('vitrine/import of ' || :'target'::text, 0))
        as target_locked;
