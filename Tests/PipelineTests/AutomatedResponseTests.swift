import Jobs
import Pipeline
import Postgres
import SQLCatalog
import Testing

/// What responses do to whole runs: held publications, cohorts that fall back, generations that come back,
/// models that are trained afresh.
@Suite struct AutomatedResponseTests {
    /// A rule that every publication breaks, and what is to be done about it.
    private func addRule(_ response: String, _ connection: Connection) throws {
        try connection.execute("update monitor.alert_rules set is_enabled = false")
        try connection.execute(
            """
            insert into monitor.alert_rules (rule_name, measure_name, comparison, threshold,
                resolve_threshold, cool_down_days, severity, run_book, response_name)
            values ('short_lists', 'mean_list_length', 'below', 1000, 1000, 0, 'critical', 'Look.',
                \(response))
            """)
        try connection.execute(
            "update monitor.response_settings set hysteresis_runs = 1, is_dry_run = false")
    }

    private static let serving = Nightly.only(Nightly.servingSteps + ["respond"])

    /// Run of the current publication.
    private func currentRun(_ connection: Connection) throws -> Int64 {
        try connection.value(
            """
            select run_id from serving.pointer inner join serving.publications using (publication_id)
            """)
    }

    /// Runs the step respond of a run once more.
    private func respond(to runID: Int64, on uri: String) throws {
        let jobs = try Connection(uri, applicationName: "test")
        defer { jobs.close() }
        try jobs.setRole("vitrine_job")
        _ = try RespondStep().run(
            in: StepContext(
                connection: jobs, catalog: try SQLCatalog.locate(), runID: runID,
                asOfDate: PlantedWorld.date.advanced(by: 1), codeVersion: "test",
                stop: StopSignal(), progress: { _ in }))
    }

    private func responses(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select concat_ws(' ', action, state, run_id) from monitor.responses order by response_id
            """, as: String.self)
    }

    @Test func `under a hold lists are made and measured, and what is published stays`() throws {
        try Databases.withPublication { connection, uri throws in
            try addRule("hold_publication", connection)
            // Found only after this one is published; what comes after it is held.
            let second = try Self.serving.run(on: uri, date: PlantedWorld.date.advanced(by: 1))
            #expect(try currentRun(connection) == second)
            #expect(try responses(connection) == ["hold_publication executed \(second)"])
            let before = try Checksums(connection).publication
            let third = try Self.serving.run(on: uri, date: PlantedWorld.date.advanced(by: 2))
            #expect(try currentRun(connection) == second)
            #expect(try Checksums(connection).publication == before)
            let said = try connection.value(
                """
                select (details ->> 'held_by') || ' ' || status from ops.steps
                where run_id = \(third) and step_name = 'publish'
                """, as: String.self)
            #expect(said == "1 succeeded")
            let measured = try connection.value(
                """
                select count(*) from monitor.measures
                where run_id = \(third) and measure_name = 'mean_list_length'
                """, as: Int.self)
            #expect(measured == 1)
            // The next lists are well: they lift the hold, and those after them are published.
            try connection.execute(
                """
                update monitor.alert_rules set threshold = 0, resolve_threshold = 0
                where rule_name = 'short_lists'
                """)
            try Self.serving.run(on: uri, date: PlantedWorld.date.advanced(by: 3))
            #expect(try currentRun(connection) == second)
            #expect(try responses(connection) == ["hold_publication reverted \(second)"])
            let fifth = try Self.serving.run(on: uri, date: PlantedWorld.date.advanced(by: 4))
            #expect(try currentRun(connection) == fifth)
        }
    }

    @Test func `lists that were held and never published are let go of after a week`() throws {
        try Databases.withPublication { connection, uri throws in
            try connection.execute(
                """
                insert into ops.holds (kind, subject, placed_by, reason)
                values ('publication', 'all', 'ana', 'a test')
                """)
            let held = try Self.serving.run(on: uri, date: PlantedWorld.date.advanced(by: 1))
            try connection.execute(
                """
                update ops.runs set finished_at = finished_at - interval '8 days' where run_id = \(held)
                """)
            try connection.execute(
                """
                update ops.holds set released_at = clock_timestamp(), released_by = 'ana',
                    release_reason = 'done'
                """)
            try Self.serving.run(on: uri, date: PlantedWorld.date.advanced(by: 2))
            let status = try connection.value(
                "select status from serving.publications where run_id = \(held)", as: String.self)
            #expect(status == "dropped")
        }
    }

    @Test func `users of a cohort that is held fall back, the others do not`() throws {
        try Databases.withPublication { connection, uri throws in
            let cohort = try connection.value(
                """
                select activity_cohort from feature.user_snapshots
                group by activity_cohort order by count(*) desc limit 1
                """, as: String.self)
            try connection.execute(
                """
                insert into ops.holds (kind, subject, placed_by, reason)
                values ('cohort', \(cohort), 'ana', 'a test')
                """)
            let date = PlantedWorld.date.advanced(by: 1)
            try Self.serving.run(on: uri, date: date)
            // Every list says what it is; nobody waits for a turn, and nobody is without.
            let kinds = """
                select concat_ws(' ', s.activity_cohort = \(cohort), l.list_kind,
                    l.deferred_since is null)
                from feature.user_snapshots as s
                left join serving.recommendation_lists as l
                    on l.user_id = s.user_id
                    and l.publication_id = (select publication_id from serving.pointer)
                where s.as_of_date = \(date)
                group by 1 order by 1
                """ as Query
            let found = try connection.query(kinds, as: String.self)
            #expect(found.filter { $0.hasPrefix("t ") } == ["t fallback t"])
            #expect(found.contains("f model t"))
            let fates = try connection.query(
                """
                select distinct reason from monitor.funnel
                where publication_id = (select publication_id from serving.pointer) and stage = 'rank'
                """, as: String?.self)
            #expect(fates.contains("cohort_held") && !fates.contains("deferred"))
            try connection.execute(
                """
                update ops.holds set released_at = clock_timestamp(), released_by = 'ana',
                    release_reason = 'done'
                """)
            let next = PlantedWorld.date.advanced(by: 2)
            try Self.serving.run(on: uri, date: next)
            let kept = try connection.value(
                """
                select count(*) from serving.recommendation_lists as l
                inner join feature.user_snapshots as s
                    on s.user_id = l.user_id and s.as_of_date = \(next)
                where l.publication_id = (select publication_id from serving.pointer)
                    and l.list_kind = 'model' and s.activity_cohort = \(cohort)
                """, as: Int.self)
            #expect(kept > 0)
        }
    }

    @Test
    func `a roll-back brings a whole generation back, after a rehearsal that changes nothing`()
        throws
    {
        try Databases.withPublication { connection, uri throws in
            let first = try Checksums(connection).publication
            try addRule("roll_back", connection)
            try connection.execute(
                """
                update monitor.response_settings set is_dry_run = true, cool_down_days = 0
                where response_name = 'roll_back'
                """)
            var nightly = Nightly.ungated
            nightly.settings["seed"] = "2"
            let second = try nightly.run(on: uri, date: PlantedWorld.date.advanced(by: 1))
            let bad = try Checksums(connection).publication
            #expect(try currentRun(connection) == second && bad != first)
            let entries = """
                select concat_ws(' ', state, before_checksum, after_checksum) from monitor.responses
                order by response_id
                """
            #expect(
                try connection.query(Query(text: entries), as: String.self)
                    == ["dry_run \(bad) \(first)"])
            let champions = "select array_agg(run_id order by deployment_id) from monitor.champions"
            #expect(try connection.value(Query(text: champions), as: [Int64].self) == [1, second])
            // The alert is another one once the first is over; this time it is meant.
            try connection.execute(
                """
                update monitor.alerts set state = 'resolved', resolved_at = clock_timestamp(),
                    resolved_on = opened_on, resolved_by = 'test'
                """)
            try connection.execute("update monitor.response_settings set is_dry_run = false")
            try respond(to: second, on: uri)
            #expect(try currentRun(connection) == 1)
            #expect(
                try connection.query(Query(text: entries), as: String.self)
                    == ["dry_run \(bad) \(first)", "executed \(bad) \(first)"])
            let recomputed = try connection.value(
                """
                select serving.publication_checksum(publication_id) from serving.pointer
                """, as: String.self)
            #expect(recomputed == first)
            let champion = try connection.value(
                """
                select m.run_id || ' ' || c.kind || ' ' || c.reason from monitor.champions as c
                inner join model.models as m using (model_id) where c.champion_until is null
                """, as: String.self)
            // Other rules may have opened alerts of their own before.
            let pattern = #/1 rollback response \d+ to alert \d+, short_lists/#
            #expect(champion.wholeMatch(of: pattern) != nil, "\(champion)")
        }
    }

    @Test(arguments: [
        (
            "lists",
            """
            update serving.recommendation_lists set scores[1] = scores[1] + 1
            where publication_id = 1 and user_id = (
                select min(user_id) from serving.recommendation_lists where publication_id = 1)
            """
        ),
        (
            "embeddings",
            """
            update model.item_vectors set components[1] = components[1] + 1
            where item_id = (select min(item_id) from model.item_vectors)
            """
        ),
        ("index", "update ann.lists set centroid[1] = centroid[1] + 1 where list_number = 0"),
        ("model", "update model.artefacts set content = content || 'x'::bytea"),
    ])
    func `a generation that is no longer what was published is not gone back to`(
        part: String, tampering: String
    ) throws {
        try Databases.withPublication { connection, uri throws in
            // No night is found fault with: its data end the day before.
            try connection.execute("update monitor.alert_rules set is_enabled = false")
            var nightly = Nightly.ungated
            nightly.settings["seed"] = "2"
            let second = try nightly.run(on: uri, date: PlantedWorld.date.advanced(by: 1))
            try connection.script(tampering)
            let jobs = try Connection(uri, applicationName: "test")
            try jobs.setRole("vitrine_job")
            let registry = ModelRegistry(connection: jobs, catalog: try SQLCatalog.locate())
            let error = #expect(throws: PipelineError.self) {
                try registry.rollBackGeneration(reason: "a test")
            }
            #expect(error?.message.hasSuffix("is not what was published: \(part)") == true)
            #expect(try currentRun(connection) == second)
            let deployments = try connection.value(
                "select count(*) from model.deployments where kind = 'rollback'", as: Int.self)
            #expect(deployments == 0)
        }
    }

    @Test func `what a check finds holds the lists of the same night, but not the first there are`()
        throws
    {
        try Databases.withWorld { connection, uri throws in
            try connection.script(
                """
                delete from source.interactions
                where action_id = 8 and occurred_at >= '2024-03-24 00:00+00'
                """)
            let first = try Nightly().run(on: uri)
            #expect(try currentRun(connection) == first)
            #expect(try responses(connection) == ["hold_publication executed \(first)"])
            let nightly = Nightly.only(["validate"] + Nightly.servingSteps + ["respond"])
            try nightly.run(on: uri)
            #expect(try currentRun(connection) == first)
            // Nothing is found any more: judged before its lists are published, it lifts the hold.
            try connection.execute(
                """
                insert into monitor.check_settings (check_name, settings, reason)
                values ('labels_are_balanced', '{"smallest_count": 1000000}', 'a test')
                """)
            let third = try nightly.run(on: uri)
            #expect(try currentRun(connection) == third)
            #expect(try responses(connection) == ["hold_publication reverted \(first)"])
        }
    }

    @Test(arguments: [("index", "ann.lists"), ("monitor", "monitor.funnel_history")])
    func `a run that failed opens an alert, and taken up again resolves it`(
        step: String, table: String
    ) throws {
        try Databases.withPublication { connection, uri throws in
            let date = PlantedWorld.date.advanced(by: 1)
            try connection.execute(
                "update monitor.alert_rules set is_enabled = rule_name = 'step_failed'")
            var nightly = Self.serving
            nightly.name = "again"
            let breaking = "alter table \(table) add constraint broken check (false) not valid"
            try connection.execute(Query(text: breaking))
            #expect(throws: JobError.self) { try nightly.run(on: uri, date: date) }
            try connection.script("set role vitrine_job")
            let watch = Watch(connection: connection, catalog: try SQLCatalog.locate())
            #expect(try watch.judgeFailures().opened == 1)
            #expect(try watch.judgeFailures().opened == 0)
            let alerts = """
                select concat_ws(' ', rule_name, job_name, subject, state, value) from monitor.alerts
                """
            #expect(
                try connection.query(Query(text: alerts), as: String.self)
                    == ["step_failed again \(step) open 1"])
            try connection.script("reset role")
            let mending = "alter table \(table) drop constraint broken"
            try connection.execute(Query(text: mending))
            try nightly.run(on: uri, date: date)
            #expect(
                try connection.query(Query(text: alerts), as: String.self)
                    == ["step_failed again \(step) resolved 0"])
            #expect(try watch.judgeFailures().opened == 0)
        }
    }

    @Test func `a run that was stopped opens an alert, one that ended as asked does not`() throws {
        try Databases.withPublication { connection, uri throws in
            try connection.execute(
                "update monitor.alert_rules set is_enabled = rule_name = 'step_failed'")
            let date = PlantedWorld.date.advanced(by: 1)
            let watch = Watch(connection: connection, catalog: try SQLCatalog.locate())
            try Self.serving.run(on: uri, date: date, before: "retrieve")
            #expect(try watch.judgeFailures().opened == 0)
            let stop = StopSignal()
            #expect(throws: JobError.self) {
                try Self.serving.run(on: uri, date: date, stop: stop) { event in
                    if case .stepStarted = event { stop.request(.interrupted) }
                }
            }
            #expect(try watch.judgeFailures().opened == 1)
            let alert = try connection.value(
                "select subject || ' ' || state from monitor.alerts", as: String.self)
            #expect(alert == "retrieve open")
        }
    }

    @Test func `a request to train afresh is taken by one run`() throws {
        try Databases.withPublication { connection, uri throws in
            try connection.execute(
                """
                insert into ops.retrain_requests (requested_by, reason) values ('ana', 'a test')
                """)
            var nightly = Nightly.with(["warm_start": "true"]).only(["features", "train"])
            nightly.training["epochs"] = "1"
            let afresh = try nightly.run(on: uri, date: PlantedWorld.date.advanced(by: 1))
            let warm = try nightly.run(on: uri, date: PlantedWorld.date.advanced(by: 2))
            let parents = """
                select concat_ws(' ', run_id, count(parent_model_id)) from model.models
                where run_id > 1 group by run_id order by run_id
                """
            #expect(
                try connection.query(Query(text: parents), as: String.self)
                    == ["\(afresh) 0", "\(warm) 2"])
            let taken = try connection.value(
                "select taken_run_id from ops.retrain_requests", as: Int64?.self)
            #expect(taken == afresh)
        }
    }
}
