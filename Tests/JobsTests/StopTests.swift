import Foundation
import Postgres
import Synchronization
import Testing

@testable import Jobs

@Suite struct StopTests {
    /// Long enough that the test would be seen to hang if nothing cancelled the statement.
    private static let endless = TestStep("sleep") { context in
        try context.connection.execute("select pg_sleep(30)")
        return StepReport()
    }

    @Test func `a request cancels the statement that is under way`() throws {
        try withJob(steps: [Self.endless]) { world throws in
            let stop = StopSignal()
            func stopSoon(_ event: JobRunner.Event) {
                guard case .stepStarted = event else { return }
                DispatchQueue.global().asyncAfter(deadline: .now() + 0.3) {
                    stop.request(.interrupted)
                }
            }
            let error = #expect(throws: JobError.self) {
                try world.run(stop: stop, onEvent: stopSoon)
            }
            guard case .stopped("sleep", .interrupted)? = error else {
                Issue.record("unexpected error \(String(describing: error))")
                return
            }
            #expect(try world.steps().map(\.status) == ["failed"])
            #expect(try world.runStatus() == ["interrupted: stopped by a signal in step sleep"])
        }
    }

    @Test func `a deadline of less than a second is kept, and does not count as passed at once`()
        throws
    {
        try withJob(steps: [Self.endless]) { world throws in
            let limited = world.with(deadline: .milliseconds(700))
            let start = ContinuousClock.now
            let error = #expect(throws: JobError.self) { try limited.run() }
            #expect("\(error!)".hasPrefix("the deadline of the job has passed in step sleep"))
            #expect(ContinuousClock.now - start >= .milliseconds(700))
            #expect(try world.runStatus().map { $0.prefix(11) } == ["interrupted"])
        }
    }

    @Test func `a run that was stopped is taken up at its step`() throws {
        let stops = Mutex(true)
        let stop = StopSignal()
        let step = TestStep("second") { context in
            if stops.withLock({ $0 }) { stop.request(.interrupted) }
            try context.stop.check()
            return StepReport()
        }
        try withJob(steps: [TestStep("first") { _ in StepReport() }, step]) { world throws in
            #expect(throws: JobError.self) { try world.run(stop: stop) }
            stops.withLock { $0 = false }
            try world.run(stop: StopSignal())
            #expect(
                try world.steps().map { "\($0.name) \($0.attempt)" } == [
                    "first 1", "second 1", "second 2",
                ])
            #expect(try world.runStatus() == ["succeeded: "])
        }
    }

    @Test func `the first reason stays`() {
        let stop = StopSignal()
        #expect(throws: Never.self) { try stop.check() }
        stop.request(.deadline)
        stop.request(.interrupted)
        #expect(stop.reason == .deadline)
        #expect(throws: Stopped(reason: .deadline)) { try stop.check() }
    }
}
