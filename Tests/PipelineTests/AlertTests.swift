import Foundation
import Postgres
import Testing

@testable import Pipeline

/// The life of an alert: opened by a rule, taken, silenced, resolved.
@Suite struct AlertTests {
    @Test func `an alert opens when the threshold is passed and resolves well below it`() throws {
        try AlertWorld.with { world in
            try world.addRule()
            // Equal is not passed; between the thresholds nothing changes.
            for (day, lag, alerts) in [
                (0, 10.0, []), (1, 11, ["all open 11 11"]), (2, 30, ["all open 30 30"]),
                (3, 7, ["all open 7 30"]), (4, 5, ["all resolved 5 30"]),
                (5, 7, ["all resolved 5 30"]),
                (6, 12, ["all resolved 5 30", "all open 12 12"]),
            ] {
                try world.judge(try world.measure(["all": lag], day: day), day: day)
                #expect(try world.alerts() == alerts, "day \(day)")
            }
            #expect(
                try world.texts(
                    """
                    select concat_ws(' ', alert_id, event_name, run_id, author, dispatch)
                    from monitor.alert_events order by event_id
                    """) == [
                        "1 opened 2 vitrine queued", "1 resolved 5 vitrine queued",
                        "2 opened 7 vitrine queued",
                    ])
        }
    }

    @Test func `below is the other side`() throws {
        try AlertWorld.with { world in
            try world.addRule(comparison: "below", threshold: 0.5, resolve: 0.6)
            for (day, value) in [(0, 0.4), (1, 0.3), (2, 0.55)] {
                try world.judge(try world.measure(["all": value], day: day), day: day)
            }
            #expect(try world.alerts() == ["all open 0.55 0.3"])
            try world.judge(try world.measure(["all": 0.6], day: 3), day: 3)
            #expect(try world.alerts() == ["all resolved 0.6 0.3"])
        }
    }

    @Test func `each subject, job and rule has alerts of its own`() throws {
        try AlertWorld.with { world in
            try world.addRule()
            try world.judge(try world.measure(["a": 11, "b": 12, "c": 1], day: 0), day: 0)
            try world.judge(try world.measure(["a": 20], day: 0, job: "hourly"), day: 0)
            #expect(try world.alerts() == ["a open 11 11", "b open 12 12", "a open 20 20"])
            // Another job that is well does not resolve them; what was not measured stays.
            try world.judge(try world.measure(["a": 1], day: 1, job: "hourly"), day: 1)
            #expect(try world.alerts() == ["a open 11 11", "b open 12 12", "a resolved 1 20"])
        }
    }

    @Test func `for some runs means readings in a row, one for each date`() throws {
        try AlertWorld.with { world in
            try world.addRule(runs: 3)
            for (day, lag, opened) in [
                (0, 11.0, 0), (1, 11, 0), (2, 1, 0), (3, 11, 0), (4, 11, 0), (5, 11, 1),
            ] {
                // Every date is run twice: the second run of a date takes the place of the first.
                try world.measure(["all": 11], day: day)
                let run = try world.measure(["all": lag], day: day)
                #expect(try world.judge(run, day: day).opened == opened, "day \(day)")
            }
        }
    }

    @Test func `a rule that cools down opens no other alert`() throws {
        try AlertWorld.with { world in
            try world.addRule(coolDown: 3)
            for (day, lag, count) in [
                (0, 11.0, 1), (1, 1, 1), (2, 11, 1), (3, 11, 1), (4, 11, 2),
            ] {
                try world.judge(try world.measure(["all": lag], day: day), day: day)
                #expect(try world.alerts().count == count, "day \(day)")
            }
        }
    }

    @Test func `judged twice, a run changes nothing the second time`() throws {
        try AlertWorld.with { world in
            try world.addRule()
            for (day, lag) in [(0, 11.0), (1, 12), (2, 1)] {
                let run = try world.measure(["all": lag], day: day)
                #expect(try world.judge(run, day: day) != AlertBook.Changes() || day == 1)
                let before = try world.texts("select a::text from monitor.alerts as a")
                #expect(try world.judge(run, day: day) == AlertBook.Changes())
                #expect(try world.texts("select a::text from monitor.alerts as a") == before)
            }
        }
    }

    @Test func `a run for an earlier date than one that was judged changes nothing`() throws {
        try AlertWorld.with { world in
            try world.addRule()
            let today = try world.measure(["all": 11], day: 5)
            try world.judge(today, day: 5)
            try world.connection.execute(
                """
                insert into ops.steps (run_id, step_name, attempt, position, status, finished_at)
                values (\(today), 'respond', 1, 1, 'succeeded', clock_timestamp())
                """)
            let backfill = try world.measure(["all": 1], day: 2)
            #expect(try world.judge(backfill, day: 2) == AlertBook.Changes())
            #expect(try world.alerts() == ["all open 11 11"])
        }
    }

    @Test func `people take and resolve alerts, and say who and why`() throws {
        try AlertWorld.with { world in
            try world.addRule()
            try world.judge(try world.measure(["all": 11], day: 0), day: 0)
            let book = AlertBook(connection: world.connection, catalog: world.catalog)
            try book.acknowledge(1, by: "ana", reason: "on it")
            #expect(try world.alerts() == ["all acknowledged 11 11"])
            let again = #expect(throws: PipelineError.self) {
                try book.acknowledge(1, by: "ben", reason: "me too")
            }
            #expect(again?.message == "alert 1 is acknowledged already")
            // An acknowledged alert goes on, and is no second one.
            try world.judge(try world.measure(["all": 15], day: 1), day: 1)
            #expect(try world.alerts() == ["all acknowledged 15 15"])
            try book.resolve(1, by: "ana", reason: "mended", on: AlertWorld.firstDate)
            let unknown = #expect(throws: PipelineError.self) {
                try book.resolve(7, by: "ana", reason: "x", on: AlertWorld.firstDate)
            }
            #expect(unknown?.message == "there is no alert 7")
            #expect(throws: PipelineError.self) {
                try book.acknowledge(1, by: " ", reason: "x")
            }
            #expect(
                try world.texts(
                    """
                    select concat_ws(' ', event_name, author, reason) from monitor.alert_events
                    order by event_id
                    """) == ["opened vitrine ", "acknowledged ana on it", "resolved ana mended"])
        }
    }

    @Test func `who listens hears of each change once, and of silenced ones when silence is over`()
        throws
    {
        try AlertWorld.with { world in
            try world.addRule()
            let listener = try Connection(world.uri, applicationName: "listener")
            defer { listener.close() }
            try listener.listen(to: "vitrine_alerts")
            func heard() throws -> [String] {
                // What was said before this is delivered before it.
                try world.connection.execute("notify vitrine_alerts, 'that is all'")
                var events: [String] = []
                while true {
                    let notification = try #require(
                        try listener.waitForNotification(timeout: .seconds(600)))
                    if notification.payload == "that is all" { return events }
                    let document = try JSONSerialization.jsonObject(
                        with: Data(notification.payload.utf8))
                    let fields = try #require(document as? [String: Any])
                    events.append("\(fields["subject"]!) \(fields["event"]!)")
                }
            }
            let book = AlertBook(connection: world.connection, catalog: world.catalog)
            _ = try book.silence(
                rule: "lag", subjects: "quiet%", hours: 1, by: "ana", reason: "moving house")
            try world.judge(
                try world.measure(["loud": 11, "quiet one": 11, "quiet two": 11], day: 0), day: 0)
            #expect(try heard() == ["loud opened"])
            // One is over before the silence is: nobody need know.
            try world.judge(
                try world.measure(["loud": 1, "quiet one": 1, "quiet two": 11], day: 1), day: 1)
            #expect(try heard() == ["loud resolved"])
            try world.connection.execute(
                """
                update monitor.silences set silent_from = silent_from - interval '1 day',
                    silent_until = clock_timestamp()
                """)
            try world.judge(try world.measure(["quiet two": 11], day: 2), day: 2)
            #expect(try heard() == ["quiet two opened"])
            try world.judge(try world.measure(["quiet two": 1], day: 3), day: 3)
            #expect(try heard() == ["quiet two resolved"])
        }
    }

    @Test func `an alert that a person resolves cools down by the dates of runs, not by the clock`()
        throws
    {
        try AlertWorld.with { world in
            try world.addRule(coolDown: 2)
            try world.live(11, day: 0)
            try AlertBook(connection: world.connection, catalog: world.catalog).resolve(
                1, by: "ana", reason: "mended", on: AlertWorld.firstDate.advanced(by: 900))
            try world.live(11, day: 1)
            #expect(try world.alerts().count == 1)
            try world.live(11, day: 2)
            #expect(try world.alerts().count == 2)
        }
    }

    @Test func `a payload that NOTIFY would not take loses the run-book`() throws {
        try AlertWorld.with { world in
            try world.addRule()
            let text = String(repeating: "\u{1F4A5}", count: 4_000)
            try world.connection.execute(
                "update monitor.alert_rules set run_book = \(text) where rule_name = 'lag'")
            let run = try world.measure(
                [String(repeating: "x", count: 9_000): 11], day: 0)
            #expect(try world.judge(run, day: 0).told == 1)
        }
    }

    @Test func `dashboards see alerts and responses, silenced ones as such`() throws {
        try AlertWorld.with { world in
            try world.addRule(response: "hold_publication")
            try world.live(11, day: 0, subject: "a")
            try world.live(11, day: 0, subject: "b")
            _ = try AlertBook(connection: world.connection, catalog: world.catalog)
                .silence(rule: "lag", subjects: "b", hours: 1, by: "ana", reason: "known")
            try world.connection.script("set role vitrine_dashboard")
            #expect(
                try world.texts(
                    """
                    select concat_ws(' ', subject, is_silenced, response_state) from monitor.alert_history
                    order by alert_id
                    """) == ["a f executed", "b t executed"])
            #expect(
                try world.texts("select state from monitor.response_history").count == 4)
            for view in ["silent_rules", "delivery_backlog", "expected_runs"] {
                _ = try world.texts("select count(*)::text from monitor.\(view)")
            }
        }
    }

    @Test func `a rule whose measure never came is listed as silent`() throws {
        try AlertWorld.with { world in
            try world.addRule()
            try world.connection.execute(
                """
                insert into monitor.alert_rules (rule_name, measure_name, subject_pattern, comparison,
                    threshold, resolve_threshold, severity, run_book)
                values ('lag_of_b', 'lag', 'b', 'above', 1, 1, 'info', '')
                """)
            let silent = "select rule_name || ': ' || reason from monitor.silent_rules order by 1"
            #expect(
                try world.texts(silent) == [
                    "lag: the measure was never written", "lag_of_b: the measure was never written",
                ])
            try world.measure(["a": 1], day: 0)
            #expect(
                try world.texts(silent) == [
                    "lag_of_b: no subject of the measure is like the pattern, on the level of the rule"
                ])
        }
    }

    @Test func `the rules that are delivered read names that their run-books speak of`() throws {
        try Databases.withSchema { connection, _ throws in
            let rules = try connection.query(
                """
                select rule_name from monitor.alert_rules
                where is_enabled and length(run_book) > 40 and length(owner) > 0
                """, as: String.self)
            #expect(rules.count >= 12)
            let risky = try connection.query(
                """
                select response_name from monitor.response_settings
                where action in ('roll_back', 'fall_back') and not is_dry_run
                """, as: String.self)
            #expect(risky == [])
        }
    }
}

extension AlertTests {
    @Test func `alerts are listed, taken and silenced by command`() throws {
        try AlertWorld.with { world in
            func vitrine(_ arguments: String...) throws -> VitrineProcess.Outcome {
                try VitrineProcess.run(["alerts"] + arguments + ["--database", world.uri])
            }
            #expect(try vitrine().output == "no alert is open\n")
            #expect(try vitrine("--all").output == "no alerts yet\n")
            try world.addRule(response: "hold_publication")
            try world.live(11, day: 0)
            let line = try #require(
                try vitrine().output.split(separator: "\n").last { $0.contains("lag") })
            let words = line.split(separator: " ").map(String.init)
            #expect(
                words == [
                    "1", "open", "critical", "lag", "nightly", "all", "11.0000", "10.0000",
                    "2024-03-01", "-", "hold_publication", "executed", "(1)",
                ])
            #expect(
                try vitrine("ack", "1", "--by", "ana", "--why", "on it").output
                    == "alert 1 is acknowledged\n")
            let refused = try vitrine("ack", "2", "--by", "ana", "--why", "on it")
            #expect(refused.status == 1 && refused.errors.contains("there is no alert 2"))
            let unknown = try vitrine(
                "silence", "--rule", "lagg", "--hours", "2", "--by", "ana", "--why", "known")
            #expect(unknown.status == 1 && unknown.errors.contains("no rule of this name"))
            #expect(
                try vitrine(
                    "silence", "--rule", "lag", "--hours", "2", "--by", "ana", "--why", "known"
                ).output.hasPrefix("silence 1 lasts until "))
            #expect(try vitrine().output.contains("acknowledged, silenced"))
            #expect(
                try vitrine("revert", "1", "--by", "ana", "--why", "well").output
                    == "response 1 is reverted\n")
            #expect(
                try vitrine("resolve", "1", "--by", "ana", "--why", "well").output
                    == "alert 1 is resolved\n")
            #expect(try vitrine().output == "no alert is open\n")
            #expect(try vitrine("--all").output.contains("hold_publication reverted (1)"))
        }
    }
}
