import Foundation
import Postgres
import PostgresTestSupport
import SQLCatalog
import Synchronization
import Testing

@testable import Jobs

@Suite struct JobRunnerTests {
    @Test func `records every step with what it says of itself`() throws {
        try withJob(steps: [
            TestStep("first") { _ in
                StepReport(
                    rowsIn: 3, rowsOut: 2, details: ["loss": 0.5, "kind": "small", "count": 7])
            },
            TestStep("second") { _ in StepReport() },
        ]) { world throws in
            let runID = try world.run()
            let run = try world.connection.query(
                """
                select run_id, as_of_date, status, process_id, attempt_count,
                    concat_ws(' ', job_name, parameters ->> 'job', code_version)
                from ops.runs
                """, as: (Int64, PostgresDate, String, Int32, Int32, String).self)
            #expect(run.count == 1)
            #expect(run[0] == (runID, world.date, "succeeded", getpid(), 1, "test test 1.2.3"))
            let steps = try world.steps()
            #expect(steps.map(\.name) == ["first", "second"])
            #expect(steps.allSatisfy { $0.status == "succeeded" && $0.attempt == 1 })
            let first = try world.connection.query(
                """
                select rows_in, rows_out, rows_per_second > 0, details::text
                from ops.steps where step_name = 'first'
                """, as: (Int64, Int64, Bool, String).self)[0]
            #expect(first == (3, 2, true, #"{"kind": "small", "loss": 0.5, "count": 7}"#))
        }
    }

    @Test func `runs a step as the role of jobs, with the names of the session`() throws {
        let seen = Mutex<[String]>([])
        let step = TestStep("look") { context in
            let names = try context.connection.query(
                """
                select current_user::text, application_name from pg_stat_activity
                where pid = pg_backend_pid()
                """, as: (String, String).self)[0]
            seen.withLock { $0 = [names.0, names.1, "\(context.asOfDate)"] }
            return StepReport()
        }
        try withJob(steps: [step]) { world throws in
            try world.run()
            #expect(seen.withLock { $0 } == ["vitrine_job", "vitrine test", "2024-03-25"])
        }
    }

    @Test func `goes on at the step that failed and leaves those before it alone`() throws {
        let calls = Mutex<[String]>([])
        func step(_ name: String, failures: Int) -> TestStep {
            let left = Mutex(failures)
            return TestStep(name) { _ in
                calls.withLock { $0.append(name) }
                let fails = left.withLock { left in
                    left -= 1
                    return left >= 0
                }
                if fails { throw TestFailure(description: "the world is not ready") }
                return StepReport()
            }
        }
        try withJob(steps: [
            step("first", failures: 0), step("second", failures: 1), step("third", failures: 0),
        ]) { world throws in
            let error = #expect(throws: JobError.self) { try world.run() }
            #expect("\(error!)" == "step second failed: the world is not ready")
            #expect(try world.runStatus() == ["failed: step second failed: the world is not ready"])
            try world.run()
            #expect(calls.withLock { $0 } == ["first", "second", "second", "third"])
            #expect(try world.runStatus() == ["succeeded: "])
            #expect(
                try world.steps().map { "\($0.name) \($0.attempt) \($0.status)" } == [
                    "first 1 succeeded", "second 1 failed", "second 2 succeeded",
                    "third 1 succeeded",
                ])
        }
    }

    @Test func `begins a new run for a date that is done, another date, and other parameters`()
        throws
    {
        try withJob(steps: [TestStep("only") { _ in StepReport() }]) { world throws in
            let first = try world.run()
            let again = try world.run()
            #expect(again > first)
            let other = try world.run(date: world.date.advanced(by: 1))
            #expect(other > again)
        }
        let fails = Mutex(true)
        let step = TestStep("only") { _ in
            if fails.withLock({ $0 }) { throw TestFailure(description: "not yet") }
            return StepReport()
        }
        try withJob(steps: [step]) { world throws in
            #expect(throws: JobError.self) { try world.run() }
            fails.withLock { $0 = false }
            var changed = world
            changed.job.parameters = #"{"job": "test", "seed": 2}"#
            try changed.run()
            #expect(
                try world.runStatus() == ["failed: step only failed: not yet", "succeeded: "])
        }
    }

    @Test(arguments: [("40001", 2), ("40P01", 2), ("55P03", 2), ("22012", 0), ("P0001", 0)])
    func `tries again what passes by itself, and nothing else`(
        state: String, expectedRetries: Int
    ) throws {
        let attempts = Mutex(0)
        let step = TestStep("raise") { context in
            attempts.withLock { $0 += 1 }
            try context.connection.script(
                "do $$ begin raise exception 'no' using errcode = '\(state)'; end $$")
            return StepReport()
        }
        try withJob(steps: [step]) { world throws in
            var retried = 0
            func count(_ event: JobRunner.Event) {
                if case .stepRetried = event { retried += 1 }
            }
            let error = #expect(throws: JobError.self) { try world.run(onEvent: count) }
            #expect("\(error!)".hasPrefix("step raise failed: "))
            #expect(retried == expectedRetries)
            #expect(attempts.withLock { $0 } == expectedRetries + 1)
            #expect(try world.steps().map(\.attempt) == Array(1...Int32(expectedRetries + 1)))
        }
    }

    /// Ways to be at work when the server ends the session.
    enum Work: String, CaseIterable, Sendable {
        case statement, transaction, stream, streamInTransaction, copy, savepoint

        func run(on connection: Connection, losing: Bool) throws {
            let statement: Query =
                losing
                ? "select pg_terminate_backend(pg_backend_pid())::text from generate_series(1, 1000)"
                : "select 'true'"
            // The role of jobs may not end the session of who connected.
            try connection.execute("set role none")
            switch self {
            case .statement: try connection.execute(statement)
            case .transaction: try connection.withTransaction { try connection.execute(statement) }
            case .stream: try connection.forEachRow(statement, as: String.self) { _ in }
            case .streamInTransaction:
                try connection.withTransaction {
                    try connection.forEachRow(statement, as: String.self) { _ in }
                }
            case .savepoint:
                try connection.withTransaction {
                    try connection.withTransaction { try connection.execute(statement) }
                }
            case .copy:
                try connection.script("create temporary table t (a text)")
                if losing {
                    try connection.script(
                        """
                        create function pg_temp.lose() returns trigger language plpgsql as
                        'begin perform pg_terminate_backend(pg_backend_pid()); return new; end';
                        create trigger lose before insert on t
                            for each row execute function pg_temp.lose();
                        """)
                }
                try connection.withTransaction {
                    _ = try connection.copyIn(into: "t", columns: ["a"]) { writer in
                        for _ in 0..<1_000 { try writer.row { $0.append("some text") } }
                    }
                }
            }
        }
    }

    @Test(arguments: Work.allCases)
    func `tries again on a new connection when its own is terminated`(work: Work) throws {
        let attempts = Mutex(0)
        let step = TestStep("lose") { context in
            let attempt = attempts.withLock { count in
                count += 1
                return count
            }
            try work.run(on: context.connection, losing: attempt == 1)
            return StepReport()
        }
        try withJob(steps: [step]) { world throws in
            try world.run()
            #expect(attempts.withLock { $0 } == 2)
            #expect(try world.steps().map(\.status) == ["failed", "succeeded"])
        }
    }

    @Test func `a second run at once is refused and told who runs the job`() throws {
        let second = Mutex<(any Error)?>(nil)
        let refused = Mutex<(@Sendable () -> Void)?>(nil)
        let step = TestStep("hold") { _ in
            refused.withLock { $0 }?()
            return StepReport()
        }
        try withJob(steps: [step]) { world throws in
            let target = world.target
            let catalog = world.runner
            let (job, date) = (TestJob(name: "test"), world.date)
            refused.withLock { action in
                action = {
                    do {
                        try catalog.make(target).run(job.empty, asOfDate: date)
                    } catch {
                        second.withLock { $0 = error }
                    }
                }
            }
            let runID = try world.run()
            let error = second.withLock { $0 as? JobError }
            guard case .locked(let name, let holder)? = error else {
                Issue.record("the second run was not refused: \(String(describing: error))")
                return
            }
            #expect(name == "test")
            #expect(holder.hasPrefix("run \(runID), process \(getpid()) on "))
            #expect(holder.contains(ProcessInfo.processInfo.hostName))
        }
    }

    @Test func `another job waits for its turn as well: jobs share the features`() throws {
        let inner = Mutex<(@Sendable () throws -> Void)?>(nil)
        let step = TestStep("hold") { _ in
            try inner.withLock { $0 }?()
            return StepReport()
        }
        try withJob(steps: [step]) { world throws in
            let (runner, target, date) = (world.runner, world.target, world.date)
            let refusal = Mutex<String>("")
            inner.withLock { action in
                action = {
                    do {
                        try runner.make(target).run(TestJob(name: "other").empty, asOfDate: date)
                    } catch {
                        refusal.withLock { $0 = "\(error)" }
                    }
                }
            }
            try world.run()
            #expect(refusal.withLock { $0 }.hasPrefix("job test is already running: run 1, "))
            #expect(
                try world.connection.value("select count(*) from ops.runs", as: Int.self) == 1)
        }
    }

    @Test func `a step whose work another job has undone is done again when the run is taken up`()
        throws
    {
        let isFailing = Mutex(true)
        let isStillDone = Mutex(true)
        try withJob(steps: [
            TestStep("shared", isStillDone: { isStillDone.withLock { $0 } }) { _ in StepReport() },
            TestStep("work") { _ in
                if isFailing.withLock({ $0 }) { throw CancellationError() }
                return StepReport()
            },
        ]) { world throws in
            #expect(throws: JobError.self) { try world.run() }
            isStillDone.withLock { $0 = false }
            isFailing.withLock { $0 = false }
            try world.run()
            #expect(
                try world.steps().map { "\($0.name) \($0.attempt) \($0.status)" } == [
                    "shared 1 succeeded", "shared 2 succeeded", "work 1 failed", "work 2 succeeded",
                ])
        }
    }

    @Test func `closes what a dead process has left, and takes it up`() throws {
        try withJob(steps: [
            TestStep("first") { _ in StepReport() }, TestStep("second") { _ in StepReport() },
        ]) { world throws in
            // What the ledger holds when a process dies in its second step.
            try world.connection.script(
                """
                insert into ops.runs (job_name, as_of_date, parameters, code_version, host_name, process_id)
                values ('test', '2024-03-25', '{"job": "test"}', '1.2.3', 'gone', 1);
                insert into ops.steps (run_id, step_name, attempt, position, status, finished_at)
                select run_id, 'first', 1, 1, 'succeeded', clock_timestamp() from ops.runs;
                insert into ops.steps (run_id, step_name, attempt, position)
                select run_id, 'second', 1, 2 from ops.runs;
                """)
            var doneSteps = -1
            try world.run { if case .runStarted(_, let done) = $0 { doneSteps = done } }
            #expect(doneSteps == 1)
            #expect(
                try world.steps().map { "\($0.name) \($0.attempt) \($0.status)" } == [
                    "first 1 succeeded", "second 1 interrupted", "second 2 succeeded",
                ])
            #expect(
                try world.connection.value(
                    "select attempt_count::text || ' ' || code_version from ops.runs",
                    as: String.self) == "2 1.2.3")
        }
    }

    @Test func `a step waits for the session of an attempt that died`() throws {
        let order = Mutex<[String]>([])
        let step = TestStep("work") { _ in
            order.withLock { $0.append("step") }
            return StepReport()
        }
        try withJob(steps: [step]) { world throws in
            let target = world.target
            let isLocked = DispatchSemaphore(value: 0)
            Thread {
                // What the server still does for a process that was killed.
                let left = try? Connection(target)
                try? left?.lock(AdvisoryLockKey(name: "vitrine/job/step"))
                isLocked.signal()
                usleep(300_000)
                order.withLock { $0.append("end of the other") }
                left?.close()
            }.start()
            isLocked.wait()
            try world.run()
            #expect(order.withLock { $0 } == ["end of the other", "step"])
        }
    }
}
