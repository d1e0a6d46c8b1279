-- Alerts with a life, what is done about them, and runs that are expected.
--
-- Rules read monitor.measures; what they open is a row of monitor.alerts until it is resolved. Dates are
-- those of the runs, so that a run for an earlier date counts days as it would have then.

create table monitor.response_settings (
    response_name text not null,
    action text not null,
    parameters jsonb not null default '{}',
    hysteresis_runs integer not null default 2,
    cool_down_days integer not null default 7,
    daily_limit integer not null default 1,
    is_dry_run boolean not null default true,
    reverts_on_resolve boolean not null default false,
    is_enabled boolean not null default true,
    description text not null,
    constraint response_settings_have_a_key primary key (response_name),
    constraint response_action_is_known check (
        action in ('hold_publication', 'roll_back', 'fall_back', 'switch_source_off', 'retrain')),
    constraint response_parameters_are_an_object check (jsonb_typeof(parameters) = 'object'),
    constraint response_waits_for_a_run_at_least check (hysteresis_runs >= 1),
    constraint response_cool_down_is_not_negative check (cool_down_days >= 0),
    constraint response_limit_is_not_negative check (daily_limit >= 0)
);
comment on table monitor.response_settings is 'What may be done about an alert without asking, and how often. A rule names one.';
comment on column monitor.response_settings.response_name is 'Name of the response.';
comment on column monitor.response_settings.action is 'hold_publication, roll_back, fall_back, switch_source_off or retrain.';
comment on column monitor.response_settings.parameters is 'Where the subject of the alert does not say it: source_name for switch_source_off, activity_cohort for fall_back, model_id for roll_back.';
comment on column monitor.response_settings.hysteresis_runs is 'Runs that have to find the threshold passed, the one that opens the alert included, before anything is done.';
comment on column monitor.response_settings.cool_down_days is 'Days after which the response may be executed again, whatever the alert; by dates of runs.';
comment on column monitor.response_settings.daily_limit is 'Executions for one date, failed ones included; at most.';
comment on column monitor.response_settings.is_dry_run is 'Whether it only says what it would do.';
comment on column monitor.response_settings.reverts_on_resolve is 'Whether it is taken back when the alert is resolved.';
comment on column monitor.response_settings.is_enabled is 'Whether it is done at all.';
comment on column monitor.response_settings.description is 'What it does, in a sentence.';

create table monitor.alert_rules (
    rule_name text not null,
    level text null,
    measure_name text not null,
    subject_pattern text not null default '%',
    comparison text not null,
    threshold double precision not null,
    resolve_threshold double precision not null,
    for_runs integer not null default 1,
    cool_down_days integer not null default 1,
    severity text not null,
    owner text not null default 'on call',
    run_book text not null,
    response_name text null,
    is_enabled boolean not null default true,
    constraint alert_rules_have_a_key primary key (rule_name),
    constraint alert_rule_level_is_known check (level in ('data', 'model', 'system')),
    constraint alert_rule_comparison_is_known check (comparison in ('above', 'below')),
    constraint alert_rule_threshold_is_finite check (
        threshold > '-infinity' and threshold < 'infinity'
        and resolve_threshold > '-infinity' and resolve_threshold < 'infinity'),
    constraint alert_rule_resolves_on_the_good_side check (
        case comparison when 'above' then resolve_threshold <= threshold
            else resolve_threshold >= threshold end),
    constraint alert_rule_asks_for_some_runs check (for_runs between 1 and 30),
    constraint alert_rule_cool_down_is_not_negative check (cool_down_days >= 0),
    constraint alert_rule_severity_is_known check (severity in ('info', 'warning', 'critical')),
    constraint alert_rule_names_a_response
        foreign key (response_name) references monitor.response_settings (response_name)
);
comment on table monitor.alert_rules is 'When a measure is an alarm. To add a rule, add a row: the next run reads it.';
comment on column monitor.alert_rules.rule_name is 'Name of the rule, and of the alerts that it opens.';
comment on column monitor.alert_rules.level is 'Level of the measure: data, model or system; null for any.';
comment on column monitor.alert_rules.measure_name is 'The measure: monitor.measures.measure_name. run_overdue_hours is read from ops.expected_runs, with the job as subject.';
comment on column monitor.alert_rules.subject_pattern is 'Which subjects of the measure, as a pattern of like. Every subject has alerts of its own.';
comment on column monitor.alert_rules.comparison is 'above or below: on which side of the threshold the alarm lies.';
comment on column monitor.alert_rules.threshold is 'What has to be passed; in the unit of the measure. Equal is not passed.';
comment on column monitor.alert_rules.resolve_threshold is 'What has to be reached again before the alert is resolved: on the good side of the threshold, so that a measure near it does not flap.';
comment on column monitor.alert_rules.for_runs is 'Readings in a row, one for each date, that have to pass the threshold before an alert is opened.';
comment on column monitor.alert_rules.cool_down_days is 'Days after an alert was resolved in which the rule opens no other for the same job and subject; by dates of runs.';
comment on column monitor.alert_rules.severity is 'info, warning or critical.';
comment on column monitor.alert_rules.owner is 'Who is to look at it.';
comment on column monitor.alert_rules.run_book is 'What to look at and what to do, for whoever is woken by it.';
comment on column monitor.alert_rules.response_name is 'What is done without asking: monitor.response_settings; null for nothing.';
comment on column monitor.alert_rules.is_enabled is 'Whether it opens alerts. Those that are open stay until a person resolves them.';

create table monitor.alerts (
    alert_id bigint generated always as identity,
    rule_name text not null,
    job_name text not null,
    subject text not null,
    state text not null default 'open',
    severity text not null,
    threshold double precision not null,
    value double precision not null,
    peak double precision not null,
    breach_count integer not null,
    opened_run_id bigint null,
    last_run_id bigint null,
    opened_on date not null,
    opened_at timestamptz not null default clock_timestamp(),
    acknowledged_at timestamptz null,
    acknowledged_by text null,
    resolved_run_id bigint null,
    resolved_on date null,
    resolved_at timestamptz null,
    resolved_by text null,
    constraint alerts_have_a_key primary key (alert_id),
    constraint alert_is_of_a_rule foreign key (rule_name) references monitor.alert_rules (rule_name),
    constraint alert_state_is_known check (state in ('open', 'acknowledged', 'resolved')),
    constraint alert_severity_is_known check (severity in ('info', 'warning', 'critical')),
    constraint alert_is_resolved_on_a_date check (
        (state = 'resolved') = (resolved_at is not null) and (resolved_at is null) = (resolved_on is null)),
    constraint alert_is_acknowledged_by_somebody
        check ((acknowledged_at is null) = (acknowledged_by is null))
);
comment on table monitor.alerts is 'One row per episode: from the run that found a threshold passed to the one that found it well again.';
comment on column monitor.alerts.alert_id is 'Identifier of the episode.';
comment on column monitor.alerts.rule_name is 'The rule.';
comment on column monitor.alerts.job_name is 'The job that measured; for run_overdue_hours the job that did not come.';
comment on column monitor.alerts.subject is 'Subject of the measure.';
comment on column monitor.alerts.state is 'open, acknowledged (somebody is at it) or resolved.';
comment on column monitor.alerts.severity is 'info, warning or critical: that of the rule when the alert was opened.';
comment on column monitor.alerts.threshold is 'Threshold of the rule when the alert was opened.';
comment on column monitor.alerts.value is 'The measure, as read last.';
comment on column monitor.alerts.peak is 'The measure at its worst.';
comment on column monitor.alerts.breach_count is 'Readings that passed the threshold, those before the opening included.';
comment on column monitor.alerts.opened_run_id is 'The run that opened it; null where no run did.';
comment on column monitor.alerts.last_run_id is 'The run whose measure was read last; null where it was no run''s.';
comment on column monitor.alerts.opened_on is 'Date of that run; where there is none, the UTC date.';
comment on column monitor.alerts.opened_at is 'When it was opened.';
comment on column monitor.alerts.acknowledged_at is 'When somebody took it.';
comment on column monitor.alerts.acknowledged_by is 'Who.';
comment on column monitor.alerts.resolved_run_id is 'The run that found it well again; null where no run did.';
comment on column monitor.alerts.resolved_on is 'Date of that run; where there is none, the UTC date.';
comment on column monitor.alerts.resolved_at is 'When it was resolved.';
comment on column monitor.alerts.resolved_by is 'vitrine, or who resolved it by hand.';

create unique index alerts_unresolved_once on monitor.alerts (rule_name, job_name, subject)
    where state <> 'resolved';
create index alerts_by_subject on monitor.alerts (rule_name, job_name, subject, resolved_on);

create table monitor.alert_events (
    event_id bigint generated always as identity,
    alert_id bigint not null,
    event_name text not null,
    happened_at timestamptz not null default clock_timestamp(),
    run_id bigint null,
    value double precision not null,
    author text not null,
    reason text not null default '',
    dispatch text not null default 'waiting',
    constraint alert_events_have_a_key primary key (event_id),
    constraint alert_event_is_of_an_alert foreign key (alert_id) references monitor.alerts (alert_id),
    constraint an_alert_enters_a_state_once unique (alert_id, event_name),
    constraint alert_event_is_known check (event_name in ('opened', 'acknowledged', 'resolved')),
    constraint alert_event_dispatch_is_known check (dispatch in ('waiting', 'queued', 'withheld'))
);
comment on table monitor.alert_events is 'Every change of state of an alert: when, by whom and why.';
comment on column monitor.alert_events.event_id is 'Identifier of the change.';
comment on column monitor.alert_events.alert_id is 'The alert.';
comment on column monitor.alert_events.event_name is 'opened, acknowledged or resolved.';
comment on column monitor.alert_events.happened_at is 'When.';
comment on column monitor.alert_events.run_id is 'The run that made it; null where no run did.';
comment on column monitor.alert_events.value is 'The measure then.';
comment on column monitor.alert_events.author is 'vitrine, or who did it.';
comment on column monitor.alert_events.reason is 'Why, in the words of whoever did it by hand.';
comment on column monitor.alert_events.dispatch is 'waiting (silenced, or not looked at yet), queued (for the receivers there are) or withheld (the alert was over before its silence was).';

create table monitor.silences (
    silence_id bigint generated always as identity,
    rule_name text null,
    subject_pattern text not null default '%',
    silent_from timestamptz not null default clock_timestamp(),
    silent_until timestamptz not null,
    author text not null,
    reason text not null,
    constraint silences_have_a_key primary key (silence_id),
    constraint silence_is_of_a_rule
        foreign key (rule_name) references monitor.alert_rules (rule_name),
    constraint silence_ends_after_it_begins check (silent_until > silent_from),
    constraint silence_has_a_reason check (reason ~ '\S')
);
comment on table monitor.silences is 'Alerts that nobody is told of and nothing is done about for a while. They open and resolve all the same.';
comment on column monitor.silences.silence_id is 'Identifier of the silence.';
comment on column monitor.silences.rule_name is 'The rule; null for all.';
comment on column monitor.silences.subject_pattern is 'Which subjects, as a pattern of like.';
comment on column monitor.silences.silent_from is 'From when.';
comment on column monitor.silences.silent_until is 'Until when. An alert that is open then is told of.';
comment on column monitor.silences.author is 'Who asked for it.';
comment on column monitor.silences.reason is 'Why.';

create table monitor.receivers (
    receiver_name text not null,
    kind text not null,
    url_variable text not null,
    lowest_severity text not null default 'warning',
    timeout_seconds integer not null default 10,
    attempt_limit integer not null default 100,
    is_enabled boolean not null default true,
    constraint receivers_have_a_key primary key (receiver_name),
    constraint receiver_kind_is_known check (kind in ('alertmanager', 'slack', 'webhook')),
    constraint receiver_variable_is_a_name check (url_variable ~ '^[A-Z][A-Z0-9_]*$'),
    constraint receiver_severity_is_known check (lowest_severity in ('info', 'warning', 'critical')),
    constraint receiver_timeout_is_some_seconds check (timeout_seconds between 1 and 300),
    constraint receiver_is_tried_at_least_once check (attempt_limit >= 1)
);
comment on table monitor.receivers is 'Who is told of alerts over HTTP.';
comment on column monitor.receivers.receiver_name is 'Name of the receiver.';
comment on column monitor.receivers.kind is 'alertmanager (its API v2), slack (an incoming webhook) or webhook (the document that NOTIFY sends).';
comment on column monitor.receivers.url_variable is 'Environment variable of vitrine respond that holds the URL, which is often a secret and is stored nowhere.';
comment on column monitor.receivers.lowest_severity is 'Alerts below this severity are not delivered.';
comment on column monitor.receivers.timeout_seconds is 'Seconds after which an answer is no longer waited for.';
comment on column monitor.receivers.attempt_limit is 'Attempts after which a delivery is given up. They lie half a minute to an hour apart.';
comment on column monitor.receivers.is_enabled is 'Whether it is told anything.';

create table monitor.deliveries (
    delivery_id bigint generated always as identity,
    event_id bigint not null,
    receiver_name text not null,
    attempt_count integer not null default 0,
    next_attempt_at timestamptz not null default clock_timestamp(),
    delivered_at timestamptz null,
    given_up_at timestamptz null,
    last_error text null,
    constraint deliveries_have_a_key primary key (delivery_id),
    constraint delivery_is_of_an_event foreign key (event_id) references monitor.alert_events (event_id),
    constraint delivery_is_to_a_receiver
        foreign key (receiver_name) references monitor.receivers (receiver_name) on delete cascade,
    constraint a_receiver_gets_an_event_once unique (event_id, receiver_name),
    constraint delivery_attempts_are_not_negative check (attempt_count >= 0),
    constraint delivery_is_done_or_given_up check (delivered_at is null or given_up_at is null)
);
comment on table monitor.deliveries is 'The outbox: what a receiver is to be told. Written with the event, in one transaction, and sent until the receiver has accepted it.';
comment on column monitor.deliveries.delivery_id is 'Identifier of the delivery.';
comment on column monitor.deliveries.event_id is 'The change of an alert.';
comment on column monitor.deliveries.receiver_name is 'The receiver.';
comment on column monitor.deliveries.attempt_count is 'How often it was tried, as far as is recorded.';
comment on column monitor.deliveries.next_attempt_at is 'Before this moment it is not tried again.';
comment on column monitor.deliveries.delivered_at is 'When the receiver accepted it; null until then.';
comment on column monitor.deliveries.given_up_at is 'When the last attempt failed; null unless it was given up.';
comment on column monitor.deliveries.last_error is 'What the last attempt met, without the URL.';

create index deliveries_due on monitor.deliveries (next_attempt_at)
    where delivered_at is null and given_up_at is null;

create table monitor.responses (
    response_id bigint generated always as identity,
    response_name text not null,
    alert_id bigint not null,
    action text not null,
    parameters jsonb not null,
    state text not null default 'proposed',
    run_id bigint null,
    as_of_date date not null,
    before_checksum text null,
    after_checksum text null,
    outcome text not null default '',
    proposed_at timestamptz not null default clock_timestamp(),
    decided_at timestamptz null,
    reverted_at timestamptz null,
    constraint responses_have_a_key primary key (response_id),
    constraint response_is_to_an_alert foreign key (alert_id) references monitor.alerts (alert_id),
    constraint response_is_a_known_one
        foreign key (response_name) references monitor.response_settings (response_name),
    constraint an_alert_is_responded_to_once_a_date unique (alert_id, as_of_date),
    constraint response_state_is_known check (
        state in ('proposed', 'dry_run', 'executed', 'refused', 'failed', 'reverted')),
    constraint response_is_decided_unless_proposed check ((state = 'proposed') = (decided_at is null)),
    constraint response_is_reverted_at_a_moment check ((state = 'reverted') = (reverted_at is not null))
);
comment on table monitor.responses is 'What was done about alerts, or would have been: one row per alert and date.';
comment on column monitor.responses.response_id is 'Identifier of the response.';
comment on column monitor.responses.response_name is 'What was to be done: monitor.response_settings.';
comment on column monitor.responses.alert_id is 'The alert.';
comment on column monitor.responses.action is 'hold_publication, roll_back, fall_back, switch_source_off or retrain.';
comment on column monitor.responses.parameters is 'What it was done to, as the settings and the alert said.';
comment on column monitor.responses.state is 'proposed, then dry_run (it says what it would do), executed, refused (the outcome says why) or failed; an executed one may be reverted.';
comment on column monitor.responses.run_id is 'The run that proposed it; null where no run did.';
comment on column monitor.responses.as_of_date is 'Date of that run; where there is none, the UTC date.';
comment on column monitor.responses.before_checksum is 'Checksum of the current publication before.';
comment on column monitor.responses.after_checksum is 'Checksum of the current publication after; of a dry run, of the one that would be current.';
comment on column monitor.responses.outcome is 'What was done, or why not.';
comment on column monitor.responses.proposed_at is 'When it was proposed.';
comment on column monitor.responses.decided_at is 'When it was decided; null until then.';
comment on column monitor.responses.reverted_at is 'When it was taken back.';

create table monitor.response_events (
    response_id bigint not null,
    state text not null,
    happened_at timestamptz not null default clock_timestamp(),
    author text not null,
    reason text not null,
    constraint response_events_have_a_key primary key (response_id, state),
    constraint response_event_is_of_a_response
        foreign key (response_id) references monitor.responses (response_id)
);
comment on table monitor.response_events is 'Every state of a response: when, by whom and why.';
comment on column monitor.response_events.response_id is 'The response.';
comment on column monitor.response_events.state is 'The state that it entered.';
comment on column monitor.response_events.happened_at is 'When.';
comment on column monitor.response_events.author is 'vitrine, or who did it.';
comment on column monitor.response_events.reason is 'Why.';

-- What keeps something from happening until it is released.
create table ops.holds (
    hold_id bigint generated always as identity,
    kind text not null,
    subject text not null,
    response_id bigint null,
    placed_at timestamptz not null default clock_timestamp(),
    placed_by text not null,
    reason text not null,
    released_at timestamptz null,
    released_by text null,
    release_reason text null,
    constraint holds_have_a_key primary key (hold_id),
    constraint hold_kind_is_known check (kind in ('publication', 'cohort')),
    constraint hold_is_released_by_somebody check (
        (released_at is null) = (released_by is null)
        and (released_at is null) = (release_reason is null))
);
comment on table ops.holds is 'What is kept from serving until it is released. A person may place and release holds too.';
comment on column ops.holds.hold_id is 'Identifier of the hold.';
comment on column ops.holds.kind is 'publication: new lists are made and measured, and the pointer stays. cohort: users of the subject, an activity cohort, get what is popular instead of what was ranked for them.';
comment on column ops.holds.subject is 'all for a publication; new, low, medium or high for a cohort.';
comment on column ops.holds.response_id is 'The response that placed it; null where a person did.';
comment on column ops.holds.placed_at is 'When it was placed.';
comment on column ops.holds.placed_by is 'Who placed it.';
comment on column ops.holds.reason is 'Why.';
comment on column ops.holds.released_at is 'When it was released; null while it holds.';
comment on column ops.holds.released_by is 'Who released it.';
comment on column ops.holds.release_reason is 'Why.';

create table ops.retrain_requests (
    request_id bigint generated always as identity,
    response_id bigint null,
    requested_at timestamptz not null default clock_timestamp(),
    requested_by text not null,
    reason text not null,
    taken_run_id bigint null,
    withdrawn_at timestamptz null,
    constraint retrain_requests_have_a_key primary key (request_id),
    constraint request_is_taken_or_withdrawn check (taken_run_id is null or withdrawn_at is null)
);
comment on table ops.retrain_requests is 'Asks the next run that trains to begin afresh, not from the champion (warm_start).';
comment on column ops.retrain_requests.request_id is 'Identifier of the request.';
comment on column ops.retrain_requests.response_id is 'The response that asked; null where a person did.';
comment on column ops.retrain_requests.requested_at is 'When.';
comment on column ops.retrain_requests.requested_by is 'Who asked.';
comment on column ops.retrain_requests.reason is 'Why.';
comment on column ops.retrain_requests.taken_run_id is 'The run that did it; null until then.';
comment on column ops.retrain_requests.withdrawn_at is 'When it was withdrawn; null unless it was.';

create table ops.switches (
    switch_name text not null,
    is_on boolean not null,
    description text not null,
    changed_by text not null default session_user,
    changed_at timestamptz not null default clock_timestamp(),
    constraint switches_have_a_key primary key (switch_name)
);
comment on table ops.switches is 'What can be switched off as a whole.';
comment on column ops.switches.switch_name is 'What it switches.';
comment on column ops.switches.is_on is 'Whether it is on.';
comment on column ops.switches.description is 'What happens when it is off.';
comment on column ops.switches.changed_by is 'Who turned it last.';
comment on column ops.switches.changed_at is 'When.';

insert into ops.switches (switch_name, is_on, description, changed_by) values
    ('responses', true, 'Off: nothing is done about alerts without asking; each response is refused and says so.', 'vitrine');

create table ops.expected_runs (
    job_name text not null,
    schedule text not null,
    tolerance interval not null default interval '6 hours',
    owner text not null default 'on call',
    is_from_job_file boolean not null default false,
    is_enabled boolean not null default true,
    expected_since timestamptz not null default clock_timestamp(),
    last_due_at timestamptz null,
    checked_at timestamptz null,
    constraint expected_runs_have_a_key primary key (job_name),
    constraint expected_run_tolerance_is_not_negative check (tolerance >= interval '0')
);
comment on table ops.expected_runs is 'Jobs that somebody should start, and when. Every run writes the row of its job; a row with is_from_job_file false is left as it is.';
comment on column ops.expected_runs.job_name is 'The job.';
comment on column ops.expected_runs.schedule is 'When it should be started: minute, hour, day of month, month, day of week, in UTC.';
comment on column ops.expected_runs.tolerance is 'How long after that it should have succeeded.';
comment on column ops.expected_runs.owner is 'Who sees to it.';
comment on column ops.expected_runs.is_from_job_file is 'Whether the schedule follows the job file.';
comment on column ops.expected_runs.is_enabled is 'Whether anybody waits for it.';
comment on column ops.expected_runs.expected_since is 'No run is missed before this moment: when the schedule was made known.';
comment on column ops.expected_runs.last_due_at is 'The newest moment of the schedule whose tolerance was over when vitrine respond looked last.';
comment on column ops.expected_runs.checked_at is 'When that was.';

insert into monitor.response_settings
    (response_name, action, hysteresis_runs, cool_down_days, daily_limit, is_dry_run, reverts_on_resolve, description)
values
    ('hold_publication', 'hold_publication', 1, 1, 1, false, true,
        'New lists are made and measured, but those that are current stay, until the alert is resolved.'),
    ('roll_back', 'roll_back', 2, 7, 1, true, false,
        'The champion before serves again, and the newest publication made with it becomes current.'),
    ('fall_back', 'fall_back', 2, 7, 1, true, true,
        'Users of the cohort get what is popular among users like them, until the alert is resolved.'),
    ('switch_source_off', 'switch_source_off', 3, 7, 1, false, false,
        'The source is no longer asked, until it is switched on by hand.'),
    ('retrain', 'retrain', 2, 7, 1, false, false,
        'The next run that trains begins afresh instead of from the champion.');

insert into monitor.alert_rules
    (rule_name, level, measure_name, subject_pattern, comparison, threshold, resolve_threshold, for_runs,
     cool_down_days, severity, response_name, run_book)
values
    ('run_did_not_come', 'system', 'run_overdue_hours', '%', 'above', 0, 0, 1, 0, 'critical', null,
        'A scheduled run has not succeeded in time. See vitrine status: a failed run says why; without one, look at cron on the machine that starts it.'),
    ('data_is_stale', 'data', 'newest_interaction_age', '%', 'above', 2, 1, 1, 1, 'critical', null,
        'No interactions have been imported for days. See select * from source.imports, and the job that writes what is imported.'),
    ('checks_find_violations', 'data', 'check_violations', '%', 'above', 0, 0, 1, 1, 'warning', null,
        'A check of the data finds violations. monitor.checks has a sample; the header of sql/validate/<subject>.sql says what to do.'),
    ('features_drift', 'data', 'drifted_features', 'all', 'above', 0, 0, 2, 3, 'warning', null,
        'Features have drifted away from what the champion learned. See which and since when; if the change is real, the next models learn it.'),
    ('feature_drifts_far', 'data', 'drift_psi', '%', 'above', 0.25, 0.2, 2, 3, 'warning', null,
        'One feature lies far from its reference. Look for a change of unit or of its source before looking at users.'),
    ('features_are_skewed', 'data', 'skew_differing_share', '%', 'above', 0.01, 0, 1, 1, 'critical', null,
        'Features that were served differ from what is computed from the interactions. Late events or a change of sql/features between the two; see the run''s step features.'),
    ('users_go_without', 'model', 'users_without_recommendations', '%', 'above', 0, 0, 1, 1, 'critical',
        'hold_publication', 'Users have no list. See monitor.list_kinds and monitor.funnel of the publication.'),
    ('index_finds_too_little', 'model', 'index_recall_mean', '%', 'below', 0.9, 0.93, 1, 1, 'critical',
        'hold_publication', 'Approximate search misses what exact search finds. See monitor.indexes; a change of the embeddings asks for new lists.'),
    ('similar_items_are_missed', 'model', 'similar_items_recall_mean', '%', 'below', 0.8, 0.85, 2, 3, 'warning',
        null, 'The lists of the index miss items that are like an item. See monitor.indexes; more of them can be read.'),
    ('scores_are_too_high', 'model', 'ranker_calibration', '%', 'above', 1.25, 1.15, 2, 3, 'warning', 'retrain',
        'Predicted probabilities exceed what happened. See monitor.model_quality; a label that stopped arriving looks the same.'),
    ('scores_are_too_low', 'model', 'ranker_calibration', '%', 'below', 0.8, 0.87, 2, 3, 'warning', 'retrain',
        'More happened than was predicted. See monitor.model_quality; doubled events look the same.'),
    ('embeddings_collapse', 'model', 'embedding_effective_rank', '%', 'below', 4, 5, 1, 3, 'critical', 'roll_back',
        'Embeddings lie in a few directions, so that lists become alike. See the losses of the training; roll back to the champion before.'),
    ('recall_is_lost', 'model', 'recall', 'two_tower/%', 'below', 0.01, 0.02, 2, 3, 'critical', 'fall_back',
        'The model finds next to nothing of what users like. Compare with the baselines in monitor.model_quality.'),
    ('coverage_is_lost', 'model', 'catalogue_coverage', '%', 'below', 0.005, 0.01, 2, 3, 'warning', null,
        'Lists hold next to none of the catalogue. See monitor.funnel for the sources that propose too little.'),
    ('many_fall_back', 'system', 'fallback_share', '%', 'above', 0.5, 0.4, 2, 3, 'warning', null,
        'More than half of the users get what is popular. See monitor.list_kinds, then ops.holds and the time of the step rank.'),
    ('model_is_stale', 'model', 'trained_data_age', '%', 'above', 14, 7, 1, 7, 'warning', 'retrain',
        'The champion is old: challengers fail or none are trained. select * from monitor.models says what the gate said.'),
    ('step_is_slow', 'system', 'step_duration_ratio', '%', 'above', 3, 2, 2, 3, 'warning', null,
        'A step takes several times as long as it did. See monitor.job_steps for its rows, then the load of the machine and the statistics of the tables.');

insert into serving.fates (fate_id, stage, stage_place, reason, description) values
    (6, 'rank', 0, 'cohort_held', 'The cohort of the user is held in ops.holds: its users fall back on what is popular.');
