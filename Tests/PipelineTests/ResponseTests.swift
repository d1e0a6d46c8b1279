import Foundation
import Jobs
import Postgres
import Testing

@testable import Pipeline

/// What is done about alerts without asking: decided, limited, audited, and done once.
@Suite struct ResponseTests {
    private static let date = AlertWorld.firstDate

    @Test(arguments: [
        (ResponseDecision.Facts(date: date), ResponseDecision.execute),
        (
            .init(isSwitchedOn: false, date: date),
            .refuse("responses are switched off in ops.switches")
        ),
        // The switch comes before everything else, a rehearsal included.
        (
            .init(isSwitchedOn: false, isDryRun: true, date: date),
            .refuse("responses are switched off in ops.switches")
        ),
        (.init(isEnabled: false, date: date), .refuse("the response is disabled")),
        (.init(isResolved: true, date: date), .refuse("the alert was resolved before")),
        (.init(isDryRun: true, date: date, dateCount: 1), .rehearse),
        (
            .init(date: date.advanced(by: 6), lastExecutedOn: date, coolDownDays: 7),
            .refuse("the response cools down until 2024-03-08")
        ),
        (.init(date: date.advanced(by: 7), lastExecutedOn: date, coolDownDays: 7), .execute),
        (
            .init(date: date, dateCount: 2, dailyLimit: 2),
            .refuse("the limit of 2 a day is reached")
        ),
        (.init(date: date, dateCount: 1, dailyLimit: 2), .execute),
        (.init(date: date, dailyLimit: 0), .refuse("the limit of 0 a day is reached")),
    ])
    func `a response is decided by what is known of it`(
        facts: ResponseDecision.Facts, decision: ResponseDecision
    ) {
        #expect(ResponseDecision.decide(facts) == decision)
    }

    private func withRule(
        _ response: String, hysteresis: Int = 1, coolDown: Int = 0, limit: Int = 1,
        ruleCoolDown: Int = 0, isDryRun: Bool = false, _ body: (AlertWorld) throws -> Void
    ) throws {
        try AlertWorld.with { world in
            try world.connection.execute(
                """
                update monitor.response_settings
                set hysteresis_runs = \(hysteresis), cool_down_days = \(coolDown),
                    daily_limit = \(limit), is_dry_run = \(isDryRun)
                where response_name = \(response)
                """)
            try world.addRule(coolDown: ruleCoolDown, response: response)
            try body(world)
        }
    }

    private func activeHolds(_ world: AlertWorld) throws -> Int {
        try world.connection.value(
            "select count(*) from ops.holds where released_at is null", as: Int.self)
    }

    @Test func `a hold is placed once the alert has lasted, and released when it is over`() throws {
        try withRule("hold_publication", hysteresis: 2) { world in
            try world.live(11, day: 0)
            #expect(try world.responses() == [])
            try world.live(11, day: 1)
            #expect(try world.responses() == ["hold_publication executed"])
            #expect(try activeHolds(world) == 1)
            // It is there already: nothing more is done about this alert.
            try world.live(11, day: 2)
            #expect(try world.responses().count == 1)
            try world.live(1, day: 3)
            #expect(try world.responses() == ["hold_publication reverted"])
            #expect(try activeHolds(world) == 0)
            #expect(
                try world.texts(
                    """
                    select concat_ws(': ', state, author, reason) from monitor.response_history
                    order by happened_at
                    """) == [
                        "proposed: vitrine: alert 1 is open",
                        "executed: vitrine: what is published now stays until the hold is released",
                        "reverted: vitrine: the alert is resolved",
                    ])
        }
    }

    @Test func `what two alerts hold stays until both are over, and a new fault holds at once`()
        throws
    {
        try AlertWorld.with { world in
            try world.addRule(response: "hold_publication")
            func live(_ lags: [String: Double], day: Int, job: String = "nightly") throws {
                let run = try world.measure(lags, day: day, job: job)
                try world.judge(run, day: day)
                try world.respond(run, day: day)
            }
            func held() throws -> Int {
                try Holds(connection: world.connection, catalog: world.catalog)
                    .active(.publication).count
            }
            try live(["a": 11, "b": 11], day: 3)
            #expect(try held() == 2)
            try live(["a": 1, "b": 11], day: 4)
            #expect(try held() == 1)
            try live(["a": 1, "b": 1], day: 5)
            #expect(try held() == 0)
            // On the same date, and by another job for an earlier one.
            try live(["a": 1, "c": 11], day: 5)
            try live(["d": 11], day: 1, job: "other")
            #expect(try held() == 2)
            #expect(try world.responses().allSatisfy { !$0.hasSuffix("refused") })
        }
    }

    @Test func `several that find the same alert over take back what was done once`() throws {
        try AlertWorld.with { world in
            try world.addRule(response: "hold_publication")
            try world.live(11, day: 0)
            try world.judge(try world.measure(["all": 1], day: 1), day: 1)
            // Who waits for what is shown to superusers alone.
            try world.connection.script("reset role")
            let blocker = try Connection(world.uri, applicationName: "blocker")
            defer { blocker.close() }
            let processes = try blocker.withTransaction {
                try blocker.setRole("vitrine_job")
                try blocker.execute(try world.catalog.script("respond/lock").query())
                let processes = try (0..<4).map { _ in
                    try VitrineProcess(["respond", "--database", world.uri])
                }
                while try world.connection.value(
                    """
                    select count(*) from pg_stat_activity
                    where application_name = 'vitrine respond' and wait_event_type = 'Lock'
                        and datname = current_database()
                    """, as: Int.self) < 4
                { Thread.sleep(forTimeInterval: 0.02) }
                return processes
            }
            for process in processes {
                let outcome = try process.wait()
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            #expect(try world.responses() == ["hold_publication reverted"])
        }
    }

    @Test func `a roll-back cannot be asked to be taken back by itself`() throws {
        try AlertWorld.with { world in
            try world.connection.script("reset role")
            let error = #expect(throws: PostgresError.self) {
                try world.connection.execute(
                    """
                    update monitor.response_settings set reverts_on_resolve = true
                    where response_name = 'roll_back'
                    """)
            }
            #expect(error?.sqlState?.rawValue == "23514")
        }
    }

    @Test func `an oscillating measure does not flap`() throws {
        // Bad and good by turns for sixty days, with neither hysteresis nor cool-down in the rule.
        try withRule("switch_source_off", hysteresis: 1, coolDown: 7) { world in
            for day in 0..<60 {
                try world.live(day.isMultiple(of: 2) ? 11 : 1, day: day, subject: "fresh")
                try world.connection.execute("update serving.sources set is_enabled = true")
            }
            let days = try world.texts(
                """
                select (as_of_date - date '2024-03-01')::text from monitor.responses
                where state = 'executed' order by as_of_date
                """)
            // Alerts are open on even days; seven days and one more lie between two executions.
            #expect(days == ["0", "8", "16", "24", "32", "40", "48", "56"])
            #expect(try world.alerts().count == 30)
            #expect(try world.responses().count { $0.hasSuffix("refused") } == 30 - days.count)
        }
        // The rule's own hysteresis keeps it from becoming an alarm at all, or from being over.
        try AlertWorld.with { world in
            try world.addRule(runs: 2, response: "switch_source_off")
            for day in 0..<60 { try world.live(day.isMultiple(of: 2) ? 11 : 1, day: day) }
            #expect(try world.alerts() == [] && world.responses() == [])
        }
        try withRule("switch_source_off") { world in
            for day in 0..<60 {
                try world.live(day.isMultiple(of: 2) ? 11 : 6, day: day, subject: "fresh")
            }
            #expect(try world.alerts() == ["fresh open 6 11"])
            #expect(try world.responses() == ["switch_source_off executed"])
        }
    }

    @Test func `a date has its limit, whatever the number of alerts`() throws {
        try withRule("switch_source_off", limit: 2) { world in
            let subjects = [
                "fresh": 11.0, "popular": 11, "cohort_trending": 11, "engaged_creators": 11,
            ]
            let run = try world.measure(subjects, day: 0)
            try world.judge(run, day: 0)
            #expect(try world.respond(run, day: 0).executed == 2)
            let off = try world.connection.value(
                "select count(*) from serving.sources where not is_enabled and quota > 0",
                as: Int.self)
            #expect(off == 2)
            #expect(
                try world.responses().count { $0 == "switch_source_off refused" } == 2)
            // The next date has a limit of its own, and the refused ones are proposed again.
            let next = try world.measure(subjects, day: 1)
            try world.judge(next, day: 1)
            #expect(try world.respond(next, day: 1).executed == 2)
        }
    }

    @Test func `one switch turns everything off`() throws {
        try withRule("hold_publication") { world in
            try world.connection.execute(
                "update ops.switches set is_on = false where switch_name = 'responses'")
            try world.live(11, day: 0)
            #expect(try world.responses() == ["hold_publication refused"])
            #expect(try activeHolds(world) == 0)
        }
    }

    @Test func `a rehearsal says what it would do, once, and does nothing`() throws {
        try withRule("switch_source_off", isDryRun: true) { world in
            try world.live(11, day: 0, subject: "fresh")
            try world.live(11, day: 1, subject: "fresh")
            #expect(try world.responses() == ["switch_source_off dry_run"])
            #expect(
                try world.texts("select outcome from monitor.responses")
                    == ["the source fresh is no longer asked, from the next run on"])
            #expect(
                try world.texts(
                    "select is_enabled::text from serving.sources where source_name = 'fresh'")
                    == ["true"])
        }
    }

    @Test(arguments: [
        ("switch_source_off", "nothing", "the alert is of no source that is asked"),
        (
            "switch_source_off", "two_tower",
            "what the lists rest on is not switched off without asking"
        ),
        ("fall_back", "nobody", "the alert is of no activity cohort"),
        ("roll_back", "all", "there is no champion yet"),
    ])
    func `what cannot be done is refused, with the reason`(
        response: String, subject: String, reason: String
    ) throws {
        try withRule(response) { world in
            try world.live(11, day: 0, subject: subject)
            #expect(try world.responses() == ["\(response) refused"])
            #expect(try world.texts("select outcome from monitor.responses") == [reason])
        }
    }

    @Test func `a cohort is named by the last part of the subject, and held`() throws {
        try withRule("fall_back") { world in
            try world.connection.script(
                """
                select ops.ensure_month_partitions(
                    'feature', 'user_snapshots', '2024-03-01', '2024-03-01');
                insert into feature.user_snapshots
                    (user_id, as_of_date, activity_cohort, active_days_28d, event_count_28d)
                values (1, '2024-03-01', 'low', 1, 1)
                """)
            try world.live(11, day: 0, subject: "two_tower/low")
            try world.live(1, day: 1, subject: "two_tower/low")
            #expect(
                try world.texts(
                    "select concat_ws(' ', kind, subject, release_reason) from ops.holds")
                    == ["cohort low the alert is resolved"])
        }
    }

    @Test func `what the database refuses is on record as failed`() throws {
        try withRule("switch_source_off") { world in
            try world.connection.script(
                """
                set role none;
                alter table serving.sources add constraint sources_stay_on check (is_enabled) not valid;
                set role vitrine_job
                """)
            try world.live(11, day: 0, subject: "fresh")
            #expect(try world.responses() == ["switch_source_off failed"])
            #expect(
                try world.texts(
                    "select state from monitor.response_events order by happened_at")
                    == ["proposed", "failed"])
        }
    }

    @Test func `a person takes back what was done, and it stays so`() throws {
        try withRule("switch_source_off") { world in
            try world.live(11, day: 0, subject: "fresh")
            let responder = Responder(connection: world.connection, catalog: world.catalog)
            try responder.revert(1, by: "ana", reason: "it was the network")
            let on = "select is_enabled::text from serving.sources where source_name = 'fresh'"
            #expect(try world.texts(on) == ["true"])
            let again = #expect(throws: PipelineError.self) {
                try responder.revert(1, by: "ana", reason: "again")
            }
            #expect(again?.message == "response 1 is reverted, not executed")
            try world.live(11, day: 1, subject: "fresh")
            #expect(try world.responses() == ["switch_source_off reverted"])
            #expect(try world.texts(on) == ["true"])
        }
    }

    @Test func `nothing is done about a silenced alert`() throws {
        try withRule("hold_publication") { world in
            _ = try AlertBook(connection: world.connection, catalog: world.catalog)
                .silence(rule: nil, subjects: "%", hours: 1, by: "ana", reason: "known")
            try world.live(11, day: 0)
            #expect(try world.alerts() == ["all open 11 11"] && world.responses() == [])
        }
    }

    @Test func `killed between proposal and record, it is done once`() throws {
        try withRule("retrain") { world in
            let run = try world.measure(["all": 11], day: 0)
            try world.judge(run, day: 0)
            // Another session holds what the action writes: the response waits after its decision and
            // before its record.
            let hold = try Connection(world.uri, applicationName: "hold")
            defer { hold.close() }
            try hold.script("begin; lock table ops.retrain_requests in share row exclusive mode")
            let victim = try Connection(world.uri, applicationName: "victim")
            try victim.setRole("vitrine_job")
            let ended = DispatchSemaphore(value: 0)
            // What a session waits for is shown to those who may read its statistics.
            try world.connection.script("set role none")
            let worker = Worker(
                responder: Responder(connection: victim, catalog: world.catalog), run: run)
            Thread.detachNewThread {
                worker.respond()
                ended.signal()
            }
            while try world.texts(
                """
                select 'waits' from pg_stat_activity
                where application_name = 'victim' and wait_event_type = 'Lock'
                    and datname = current_database()
                """
            ).isEmpty { Thread.sleep(forTimeInterval: 0.01) }
            #expect(try world.responses() == ["retrain proposed"])
            try world.connection.script(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where application_name = 'victim' and datname = current_database();
                set role vitrine_job
                """)
            ended.wait()
            #expect(worker.hasFailed)
            try hold.script("rollback")
            #expect(try world.responses() == ["retrain proposed"])
            // Taken up by whoever comes next, as often as they like.
            try world.respond(run, day: 0)
            try world.respond(run, day: 0)
            #expect(try world.responses() == ["retrain executed"])
            #expect(
                try world.texts("select reason from ops.retrain_requests")
                    == ["response 1 to alert 1, lag"])
        }
    }
}

/// Responds on a thread of its own.
///
/// Unchecked: the connection is used by the one thread, and the result read once that has ended.
private final class Worker: @unchecked Sendable {
    private let responder: Responder
    private let run: Int64
    private(set) var hasFailed = false

    init(responder: Responder, run: Int64) {
        self.responder = responder
        self.run = run
    }

    func respond() {
        do {
            _ = try responder.respond(runID: run, asOf: AlertWorld.firstDate)
        } catch {
            hasFailed = true
        }
    }
}
