-- Alarms that come before anything is published, runs that fail, and generations that are checked whole.

alter table monitor.alert_rules add column excluded_subjects text[] not null default '{}';
comment on column monitor.alert_rules.excluded_subjects is 'Subjects that match the pattern and are left to other rules.';

alter table serving.publications
    add column embeddings_checksum text null,
    add column index_checksum text null;
comment on column serving.publications.embeddings_checksum is 'Checksum of the embeddings of its users and items when it was published; null for what was published before there was one.';
comment on column serving.publications.index_checksum is 'Checksum of its index when it was published; null where it has none.';

-- What a check of the data finds is known before the lists of the night are published: where lists made from
-- it would be wrong, those that are current stay.
insert into monitor.alert_rules
    (rule_name, level, measure_name, subject_pattern, comparison, threshold, resolve_threshold, for_runs,
     cool_down_days, severity, response_name, run_book)
values
    ('attributes_turn_empty', 'data', 'check_violations', 'attributes_are_filled', 'above', 0, 0, 1, 1, 'critical',
        'hold_publication', 'What features read of users or items is empty where it was not. monitor.checks names it; see the newest import of users and items. Acknowledge, mend the export, import again.'),
    ('a_day_is_doubled', 'data', 'check_violations', 'days_are_not_doubled', 'above', 0, 0, 1, 1, 'critical',
        'hold_publication', 'The last day was loaded twice, or is the day before again. See source.imports for two imports of one file; delete the rows of one of them by import_id, then run the job with --fresh.'),
    ('a_day_is_missing', 'data', 'check_violations', 'interactions_are_fresh', 'above', 0, 0, 1, 1, 'critical',
        null, 'A day of the last week has not come, or hardly. See source.imports, and the job that writes what is imported; once it is imported the next run goes on.'),
    ('labels_are_off_balance', 'data', 'check_violations', 'labels_are_balanced', 'above', 0, 0, 1, 1, 'critical',
        'hold_publication', 'Far less, or more, of what users were shown is liked, watched, … than usual. monitor.checks names the action: did the app stop sending it? What is trained now learns that nobody does it.'),
    ('a_counter_is_stuck', 'data', 'check_violations', 'counters_move', 'above', 0, 0, 1, 1, 'critical',
        'hold_publication', 'What varied is the same over a whole day. monitor.checks names it; look at whoever writes that value.'),
    ('values_change_scale', 'data', 'check_violations', 'values_keep_their_scale', 'above', 0, 0, 1, 1, 'critical',
        'hold_publication', 'The mean value of an action is several times what it was: another unit or currency? monitor.checks names the action.'),
    ('index_is_stale', 'model', 'retrieval_recall', '%', 'below', 0.9, 0.93, 1, 1, 'critical',
        'hold_publication', 'Candidates are not those nearest to the embeddings as they are: the index is of others. See monitor.indexes and what else writes embeddings; the next run of the steps embed and index mends it.'),
    ('embeddings_meet_in_a_point', 'model', 'embedding_mean_share', '%', 'above', 0.98, 0.95, 1, 3, 'critical',
        'roll_back', 'Embeddings are all but one and the same, so that everybody gets the same lists. See the losses of the training; roll back to the champion before.'),
    ('source_is_slow', 'system', 'source_duration_ratio', '%', 'above', 3, 2, 2, 3, 'warning',
        'switch_source_off', 'A source of candidates takes several times as long as it did. See monitor.step_stages; explain its statement, sql/retrieve/sources/<subject>.sql, then switch it on again in serving.sources.'),
    ('step_failed', 'system', 'failed_step', '%', 'above', 0, 0, 1, 0, 'critical', null,
        'The run ended at this step, and what is published stays. vitrine status has the error and what to do; the same command takes the run up again.');

update monitor.alert_rules
set excluded_subjects = array[
    'attributes_are_filled', 'days_are_not_doubled', 'interactions_are_fresh', 'labels_are_balanced',
    'counters_move', 'values_keep_their_scale']
where rule_name = 'checks_find_violations';

-- An effect without significance is chance where rows are few. And a model that learned tonight is what tomorrow is
-- compared with: a second night finds nothing where a model is promoted every night. A feature that lies elsewhere
-- is learned afresh, not from a champion that learned it where it was.
insert into monitor.response_settings
    (response_name, action, hysteresis_runs, cool_down_days, daily_limit, is_dry_run, reverts_on_resolve, description)
values
    ('retrain_at_once', 'retrain', 1, 7, 1, false, false,
        'The next run that trains begins afresh instead of from the champion; what was found is not waited for twice.');

update monitor.alert_rules
set measure_name = 'drift_excess',
    threshold = 2.5,
    resolve_threshold = 2,
    for_runs = 1,
    response_name = 'retrain_at_once',
    run_book = 'One feature lies far from its reference: the value is in floors of monitor.drift_settings. Look for a change of unit or of its source before looking at users: monitor.feature_drift.'
where rule_name = 'feature_drifts_far' and measure_name = 'drift_psi';

update monitor.alert_rules set for_runs = 1 where rule_name = 'features_drift' and for_runs = 2;

-- How many directions are few depends on the data.
update monitor.alert_rules
set measure_name = 'embedding_rank_ratio',
    threshold = 0.5,
    resolve_threshold = 0.7
where rule_name = 'embeddings_collapse' and measure_name = 'embedding_effective_rank';

-- The measure is one of models: on the level of the system the rule found none.
update monitor.alert_rules set level = 'model' where rule_name = 'many_fall_back' and level = 'system';

-- A hold lifts itself when its alert is over, and another fault on the same day is another hold.
update monitor.response_settings
set cool_down_days = 0,
    daily_limit = 1000
where response_name = 'hold_publication' and cool_down_days = 1 and daily_limit = 1;

-- What is not taken back by itself cannot be asked to be; nor is there an effect to divide by.
alter table monitor.response_settings add constraint roll_back_is_not_reverted
    check (action <> 'roll_back' or not reverts_on_resolve);
alter table monitor.drift_settings add constraint drift_has_a_floor check (smallest_effect > 0);
comment on column monitor.response_settings.cool_down_days is 'Days after which the response may be executed again for the same job, whatever the alert; by dates of runs.';
comment on column monitor.response_settings.daily_limit is 'Executions for one job and date, failed ones included; at most.';
