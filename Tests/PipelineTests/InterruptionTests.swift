import EmbeddedPostgres
import Foundation
import LinearAlgebra
import Postgres
import PostgresTestSupport
import Testing

/// Whether the long drills run as well.
private let isDrill = ProcessInfo.processInfo.environment["VITRINE_DRILL"] == "1"

/// Kill it anywhere: the next run finishes, nothing lost, nothing double.
@Suite struct InterruptionTests {
    @Test(arguments: Nightly.allSteps)
    func `a run killed in the middle of a step is taken up there`(step: String) throws {
        try killAndTakeUp(step)
    }

    @Test func `SIGTERM ends the run with a status of its own, and the next one takes it up`()
        throws
    {
        try Databases.withWorld { connection, uri throws in
            let hold = try StepHold("embed", on: uri)
            let first = try VitrineProcess(running: Nightly(), on: uri)
            try hold.waitUntilHeld()
            first.send(SIGTERM)
            let outcome = try first.wait()
            #expect(outcome.status == 130)
            #expect(outcome.errors.contains("vitrine: stopped by a signal in step embed"))
            #expect(outcome.errors.contains("HINT:  Run the job again for the same date"))
            try hold.release()
            let status = try connection.value(
                "select status || ', ' || error_message from ops.runs", as: String.self)
            #expect(status == "interrupted, stopped by a signal in step embed")
            #expect(try finish(on: uri).contains("done_steps=4 "))
            try expectUndisturbed(connection, interruptedIn: "embed")
        }
    }

    @Test func `the deadline ends the run with the same status`() throws {
        try Databases.withWorld { connection, uri throws in
            let hold = try StepHold("features", on: uri)
            var nightly = Nightly()
            nightly.head = ["deadline: 1500ms"]
            let process = try VitrineProcess(running: nightly, on: uri).wait()
            #expect(process.status == 130)
            // Where the machine is busy, in the step before.
            #expect(
                process.errors.contains(
                    #/the deadline of the job has passed in step (validate|features)/#))
            try hold.release()
            let published = try connection.value(
                "select count(*) from serving.pointer", as: Int.self)
            #expect(published == 0)
        }
    }

    @Test(arguments: ["features", "rank"])
    func `a step whose session the server ends is tried again at once`(step: String) throws {
        try Databases.withWorld { connection, uri throws in
            let hold = try StepHold(step, on: uri)
            let process = try VitrineProcess(running: Nightly(), on: uri)
            try hold.terminate(try hold.waitUntilHeld())
            try hold.release()
            let outcome = try process.wait()
            #expect(outcome.status == 0, "\(outcome.errors)")
            let retry = outcome.errors.split(separator: "\n").first { $0.contains("step retried") }
            #expect(retry?.contains("step=\(step)") == true, "\(outcome.errors)")
            #expect(retry?.contains("error=connection lost") == true, "\(outcome.errors)")
            try expectUndisturbed(connection, interruptedIn: step, runAttempts: 1, as: "failed")
        }
    }

    @Test func `a run that loses the session of its ledger fails, and is taken up`() throws {
        try Databases.withWorld { connection, uri throws in
            let hold = try StepHold("retrieve", on: uri)
            let process = try VitrineProcess(running: Nightly(), on: uri)
            try hold.waitUntilHeld()
            try connection.execute(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and application_name like 'vitrine %'
                """)
            try hold.release()
            let outcome = try process.wait()
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("connection lost"))
            #expect(try finish(on: uri).contains("done_steps=6 "))
            try expectUndisturbed(connection, interruptedIn: "retrieve")
        }
    }

    @Test(.enabled(if: isDrill), arguments: ["features", "retrieve", "publish"])
    func `a server that crashes in the middle of a step loses nothing`(step: String) throws {
        let directory = try TestServer.temporaryDirectory("crash")
        // Durable, unlike the server of the other tests: what the ledger has committed must be there.
        let server = try EmbeddedServer(dataDirectory: directory)
        defer {
            _ = try? server.stop(mode: .immediate)
            try? FileManager.default.removeItem(atPath: directory)
        }
        try server.start()
        try server.ensureDatabase("crash")
        let uri = server.connectionURI(database: "crash")
        do {
            let connection = try Connection(uri)
            try Databases.fill(connection)
        }
        let process: VitrineProcess
        do {
            let hold = try StepHold(step, on: uri)
            process = try VitrineProcess(running: Nightly(), on: uri)
            try hold.waitUntilHeld()
            try server.stop(mode: .immediate)
        }
        let outcome = try process.wait()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("connection"), "\(outcome.errors)")
        try server.start()
        let connection = try Connection(uri)
        try StepHold.remove(step, from: connection)
        #expect(
            try finish(on: uri).contains("done_steps=\(Nightly.allSteps.firstIndex(of: step)!) "))
        try expectUndisturbed(connection, interruptedIn: step)
    }

    @Test(.enabled(if: isDrill))
    func `kills at random moments change nothing`() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SeededGenerator(seed: seed)
        for round in 1...12 {
            try Databases.withWorld { connection, uri throws in
                for _ in 0..<3 {
                    let process = try VitrineProcess(running: Nightly(), on: uri)
                    usleep(UInt32(random.index(below: 4_000_000)))
                    process.send(SIGKILL)
                    _ = try process.wait()
                }
                _ = try finish(on: uri)
                let checksums = try Checksums(connection)
                let expected = try Databases.undisturbed()
                #expect(checksums == expected, "seed \(seed), round \(round)")
            }
        }
    }

    @Test(.enabled(if: isDrill))
    func `sessions ended at random moments change nothing`() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SeededGenerator(seed: seed)
        for round in 1...12 {
            try Databases.withWorld { connection, uri throws in
                var nightly = Nightly()
                nightly.head = ["retries: 20"]
                let process = try VitrineProcess(running: nightly, on: uri)
                for _ in 0..<6 {
                    usleep(UInt32(random.index(below: 600_000)))
                    // The sessions of steps; the first one is that of the ledger.
                    try connection.execute(
                        """
                        select pg_terminate_backend(a.pid) from pg_stat_activity as a
                        where a.datname = current_database()
                            and a.application_name = 'vitrine nightly'
                            and a.backend_start > (
                                select min(l.backend_start) from pg_stat_activity as l
                                where l.datname = current_database()
                                    and l.application_name = 'vitrine nightly')
                        """)
                }
                let outcome = try process.wait()
                #expect(outcome.status == 0, "seed \(seed), round \(round): \(outcome.errors)")
                let checksums = try Checksums(connection)
                let expected = try Databases.undisturbed()
                #expect(checksums == expected, "seed \(seed), round \(round)")
            }
        }
    }

    // MARK: - Parts of the tests

    private func killAndTakeUp(_ step: String) throws {
        try Databases.withWorld { connection, uri throws in
            let hold = try StepHold(step, on: uri)
            let process = try VitrineProcess(running: Nightly(), on: uri)
            try hold.waitUntilHeld()
            process.send(SIGKILL)
            #expect(try process.wait().status == -SIGKILL)
            try hold.release()
            let done = Nightly.allSteps.firstIndex(of: step)!
            let report = try finish(on: uri)
            #expect(report.contains("done_steps=\(done) "), "\(report)")
            try expectUndisturbed(connection, interruptedIn: step)
        }
    }

    /// Runs to the end, waiting for the lock of a process that has just died.
    ///
    /// - Returns: What the run said on standard error.
    private func finish(on uri: String) throws -> String {
        for _ in 0..<100 {
            let outcome = try VitrineProcess(running: Nightly(), on: uri).wait()
            if outcome.status == 75 { continue }
            #expect(outcome.status == 0, "\(outcome.errors)")
            return outcome.errors
        }
        throw HoldFailure(description: "the lock of a dead process was never given back")
    }

    /// One run, done, with the results of an undisturbed one; steps before the one that was
    /// interrupted were not done again.
    private func expectUndisturbed(
        _ connection: Connection, interruptedIn step: String, runAttempts: Int32 = 2,
        as status: String? = nil
    ) throws {
        let runs = try connection.query(
            "select status, attempt_count from ops.runs", as: (String, Int32).self)
        #expect(runs.count == 1)
        #expect(runs[0] == ("succeeded", runAttempts))
        let steps = try connection.query(
            "select step_name, attempt, status from ops.steps order by position, attempt",
            as: (String, Int32, String).self)
        let expected = Nightly.allSteps.flatMap { $0 == step ? [$0, $0] : [$0] }
        #expect(steps.map(\.0) == expected)
        for attempt in steps {
            let isFirst = attempt.0 == step && attempt.1 == 1
            if isFirst {
                #expect(
                    status.map { $0 == attempt.2 } ?? ["failed", "interrupted"].contains(attempt.2))
            } else {
                #expect(attempt.2 == "succeeded")
            }
        }
        #expect(try Checksums(connection) == Databases.undisturbed())
        let publications = try connection.value(
            "select count(*) from serving.publications", as: Int.self)
        let flips = try connection.value("select count(*) from serving.flips", as: Int.self)
        let deployments = try connection.value(
            "select count(*) from model.deployments", as: Int.self)
        #expect((publications, flips, deployments) == (1, 1, 1))
    }
}
