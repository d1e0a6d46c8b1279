import Foundation
import Jobs
import Postgres
import PostgresTestSupport
import Testing

@testable import Pipeline

/// Runs that did not come, and gauges for Prometheus.
@Suite struct WatchTests {
    private func look(_ world: AlertWorld, _ moment: String) throws -> AlertBook.Changes {
        try Watch(connection: world.connection, catalog: world.catalog)
            .look(at: try #require(Timestamp(moment))).alerts
    }

    /// A world that waits for a nightly run since a moment, with six hours of tolerance.
    private func expecting(_ body: (AlertWorld) throws -> Void) throws {
        try AlertWorld.with { world in
            try world.connection.script(
                """
                update monitor.alert_rules set is_enabled = true where rule_name = 'run_did_not_come';
                insert into ops.expected_runs (job_name, schedule, expected_since)
                values ('nightly', '15 3 * * *', '2024-03-01 12:00+00')
                """)
            try body(world)
        }
    }

    private func finish(_ world: AlertWorld, _ run: Int64, at moment: String) throws {
        try world.connection.execute(
            """
            update ops.runs set finished_at = \(moment)::text::timestamptz where run_id = \(run)
            """)
    }

    @Test func `a run that did not come opens an alert, and resolves it when it comes`() throws {
        try expecting { world in
            // Nothing was due before anybody knew of the schedule, nor is it missed within six hours.
            #expect(try look(world, "2024-03-01 23:00:00+00").opened == 0)
            #expect(try look(world, "2024-03-02 09:14:00+00").opened == 0)
            #expect(try look(world, "2024-03-02 09:15:00+00").opened == 1)
            #expect(try world.alerts() == ["nightly open 6 6"])
            #expect(try look(world, "2024-03-02 11:15:00+00") == AlertBook.Changes())
            #expect(try world.alerts() == ["nightly open 8 8"])
            let run = try world.measure([:], day: 1)
            try finish(world, run, at: "2024-03-02 12:00+00")
            #expect(try look(world, "2024-03-02 12:05:00+00").resolved == 1)
            #expect(try world.alerts() == ["nightly resolved 0 8"])
        }
    }

    @Test func `a backfill, another job and a failed run are not the run that was due`() throws {
        try expecting { world in
            // For 1 March, on 2 March.
            try finish(world, try world.measure([:], day: 0), at: "2024-03-02 05:00+00")
            try finish(
                world, try world.measure([:], day: 1, job: "other"), at: "2024-03-02 05:00+00")
            let failed = try world.measure([:], day: 1)
            try finish(world, failed, at: "2024-03-02 05:00+00")
            try world.connection.execute(
                "update ops.runs set status = 'failed' where run_id = \(failed)")
            #expect(try look(world, "2024-03-02 09:15:00+00").opened == 1)
            try world.connection.execute(
                "update ops.runs set status = 'succeeded' where run_id = \(failed)")
            #expect(try look(world, "2024-03-02 09:16:00+00").resolved == 1)
        }
    }

    @Test func `a run writes when the next is expected, and leaves what a person wrote`() throws {
        try Databases.withWorld { connection, uri throws in
            let rows = """
                select concat_ws(' | ', schedule, is_from_job_file, tolerance) from ops.expected_runs
                """
            try Nightly.only(["features"]).run(on: uri)
            #expect(
                try connection.query(Query(text: rows), as: String.self)
                    == ["15 3 * * * | t | 06:00:00"])
            try connection.execute(
                "update ops.expected_runs set schedule = '0 5 * * 1', is_from_job_file = false")
            try Nightly.only(["features"]).run(on: uri)
            #expect(
                try connection.query(Query(text: rows), as: String.self)
                    == ["0 5 * * 1 | f | 06:00:00"])
        }
    }

    @Test func `a schedule that cron could not read is said to be none`() throws {
        try expecting { world in
            try world.connection.execute("update ops.expected_runs set schedule = 'sometimes'")
            let outcome = try VitrineProcess.run(["respond", "--database", world.uri])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("a schedule of job nightly that cron could not read"))
        }
    }

    @Test func `gauges are in the text format, escaped, and replace the file as a whole`() throws {
        let text = PrometheusText.text([
            .init(
                metric: "vitrine_measure",
                labels: [(name: "subject", value: "a\\b \"c\"\nd"), (name: "job", value: "x")],
                value: 0.5),
            .init(metric: "vitrine_measure", labels: [(name: "job", value: "y")], value: 1e20),
            .init(metric: "vitrine_deliveries_waiting", labels: [], value: 3),
        ])
        #expect(
            text == """
                # HELP vitrine_measure Measures of the newest run of each job.
                # TYPE vitrine_measure gauge
                vitrine_measure{subject="a\\\\b \\"c\\"\\nd",job="x"} 0.5
                vitrine_measure{job="y"} 1e+20
                # HELP vitrine_deliveries_waiting Changes of alerts that receivers have not accepted yet.
                # TYPE vitrine_deliveries_waiting gauge
                vitrine_deliveries_waiting 3.0

                """)
    }

    @Test func `respond writes what the newest run measured and how many alerts are open`() throws {
        try AlertWorld.with { world in
            try world.addRule()
            try world.measure(["all": 3], day: 0)
            try world.judge(try world.measure(["all": 11, "a\"b": 1], day: 1), day: 1)
            let directory = try TestServer.temporaryDirectory("textfile")
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let path = directory + "/vitrine.prom"
            let outcome = try VitrineProcess.run(
                ["respond", "--textfile", path, "--database", world.uri])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let lines = text.split(separator: "\n").map(String.init)
            let labels = #"{job="nightly",level="system",measure="lag",subject="#
            #expect(lines.contains("vitrine_measure" + labels + #""all",unit="hours"} 11.0"#))
            #expect(lines.contains("vitrine_measure" + labels + #""a\"b",unit="hours"} 1.0"#))
            #expect(!text.contains("} 3.0"))
            #expect(lines.contains(#"vitrine_alerts_unresolved{severity="critical"} 1.0"#))
            #expect(lines.contains(#"vitrine_alerts_unresolved{severity="info"} 0.0"#))
            #expect(
                lines.contains {
                    $0.hasPrefix(#"vitrine_job_last_success_timestamp_seconds{job="nightly"} 1"#)
                })
            // Every sample has its HELP and TYPE, once and before it, and reads as one.
            let sample = #/([a-z_]+)(\{([a-z]+="([^"\\\n]|\\["\\n])*",?)+\})? -?[0-9.e+-]+/#
            var described: [String] = []
            for line in lines {
                if line.hasPrefix("# TYPE ") {
                    described.append(String(line.split(separator: " ")[2]))
                } else if !line.hasPrefix("#") {
                    let match = try #require(try sample.wholeMatch(in: line), "\(line)")
                    #expect(String(match.1) == described.last)
                }
            }
            #expect(Set(described).count == described.count && described.count == 5)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory) == ["vitrine.prom"])
            let refused = try VitrineProcess.run(
                ["respond", "--textfile", directory + "/no/such.prom", "--database", world.uri])
            #expect(refused.status == 1)
            #expect(refused.errors.contains("the textfile cannot be written"))
        }
    }
}
