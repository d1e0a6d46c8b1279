import Foundation
import Jobs
import Postgres
import Testing

/// One run of a job at a time, and each run for what it was started with.
@Suite struct LockTests {
    @Test func `a second run at once ends with a status of its own and says who holds the lock`()
        throws
    {
        try Databases.withWorld { connection, uri throws in
            let hold = try StepHold("validate", on: uri)
            let first = try VitrineProcess(running: Nightly(), on: uri)
            try hold.waitUntilHeld()
            let second = try VitrineProcess(running: Nightly(), on: uri).wait()
            #expect(second.status == 75)
            #expect(
                second.errors.contains(
                    """
                    vitrine: job nightly is already running: run 1, process \(first.processID) \
                    on \(ProcessInfo.processInfo.hostName), since 20
                    """), "\(second.errors)")
            #expect(second.errors.contains("HINT:  Wait until it is done, or stop that process"))
            #expect(second.output == "")
            try hold.release()
            let outcome = try first.wait()
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try connection.value("select count(*) from ops.runs", as: Int.self) == 1)
        }
    }

    @Test func `another job file for the same date begins a new run`() throws {
        try Databases.withWorld { connection, uri throws in
            let stop = StopSignal()
            #expect(throws: JobError.self) {
                try Nightly.ungated.run(on: uri, stop: stop) { event in
                    if case .stepStarted("train", _, _) = event { stop.request(.interrupted) }
                }
            }
            var started: [String] = []
            try Nightly.with(["seed": "2"]).run(on: uri) { event in
                if case .runStarted(let runID, let done) = event {
                    started.append("\(runID) \(done)")
                }
            }
            #expect(started == ["2 0"])
            // The first one is older than what was run since: it is not continued.
            try Nightly.ungated.run(on: uri) { event in
                if case .runStarted(let runID, let done) = event {
                    started.append("\(runID) \(done)")
                }
            }
            #expect(started == ["2 0", "3 0"])
            #expect(try Checksums(connection) == Databases.undisturbed())
            let status = try connection.query(
                "select status from ops.runs order by run_id", as: String.self)
            #expect(status == ["interrupted", "succeeded", "succeeded"])
        }
    }

    @Test func `comments and the order of keys do not make another job file`() throws {
        try Databases.withWorld { connection, uri throws in
            let stop = StopSignal()
            #expect(throws: JobError.self) {
                try Nightly.only(["validate", "features"]).run(on: uri, stop: stop) { event in
                    if case .stepStarted("features", _, _) = event { stop.request(.interrupted) }
                }
            }
            var same = Nightly.only(["validate", "features"])
            same.head = ["# a comment", "", "# another"]
            var done = -1
            try same.run(on: uri) { if case .runStarted(_, let steps) = $0 { done = steps } }
            #expect(done == 1)
            #expect(try connection.value("select count(*) from ops.runs", as: Int.self) == 1)
        }
    }

    @Test func `a run taken up after another job used other features builds its own again`() throws
    {
        try Databases.withWorld { connection, uri throws in
            let stop = StopSignal()
            #expect(throws: JobError.self) {
                try Nightly.ungated.run(on: uri, stop: stop) { event in
                    if case .stepStarted("train", _, _) = event { stop.request(.interrupted) }
                }
            }
            var other = Nightly.with(["positive_actions": "[like]"])
            other.name = "other"
            try other.run(on: uri)
            try Nightly.ungated.run(on: uri)
            #expect(
                try Checksums(connection).publication == Databases.undisturbed().publication)
            let attempts = try connection.value(
                "select max(attempt) from ops.steps where run_id = 1 and step_name = 'features'",
                as: Int32.self)
            #expect(attempts == 2)
        }
    }
}
