import Foundation
import Postgres
import Synchronization
import Testing

@testable import Jobs

/// Shards of a step that only counts, in one process.
@Suite struct ShardRunnerTests {
    /// What was called, in order, and what is to go wrong.
    private final class Calls: Sendable {
        private let state = Mutex<(names: [String], failures: [String: Int])>(([], [:]))

        var names: [String] { state.withLock { $0.names } }

        func fail(_ name: String, times: Int) { state.withLock { $0.failures[name] = times } }

        func called(_ name: String) throws {
            let fails = state.withLock { state in
                state.names.append(name)
                let left = state.failures[name] ?? 0
                state.failures[name] = left - 1
                return left > 0
            }
            if fails { throw TestFailure(description: "\(name) is not to be had") }
        }
    }

    private struct CountingStep: ShardedStep, Sendable {
        let name = "count"
        let calls: Calls

        func prepare(in context: StepContext) throws -> StepReport {
            try calls.called("prepare")
            return StepReport(rowsIn: 5, rowsOut: 5, details: ["items": 5])
        }

        func run(_ shard: Shard, in context: StepContext) throws -> StepReport {
            try calls.called("\(shard)")
            let count = shard.buckets.count
            return StepReport(rowsOut: count, details: ["buckets": .integer(count)])
        }
    }

    private func withShards(
        _ body: (JobWorld, Calls, _ shard: (String) throws -> ShardRunner.Outcome) throws -> Void
    ) throws {
        let calls = Calls()
        try withJob(steps: []) { world throws in
            var world = world
            world.job.steps = [
                TestStep("first") { _ in StepReport() }, CountingStep(calls: calls),
                TestStep("last") { _ in
                    try calls.called("last")
                    return StepReport()
                },
            ]
            try body(world, calls) { text in
                try ShardRunner(
                    catalog: world.runner.catalog, target: world.target, codeVersion: "1.2.3"
                ).run(Shard(text), ofStep: "count", in: world.job, asOfDate: world.date)
            }
        }
    }

    /// Runs the job up to the step that is done in shards.
    private func begin(_ world: JobWorld) throws {
        try world.runner.make(world.target).run(
            world.job, asOfDate: world.date, before: "count")
    }

    private func wasDone(_ outcome: ShardRunner.Outcome) -> Bool {
        if case .wasDone = outcome { true } else { false }
    }

    @Test func `shards do a step together, and the job goes on after the last`() throws {
        try withShards { world, calls, shard throws in
            try begin(world)
            #expect(
                try world.runStatus() == ["interrupted: ended before step count, as asked"])
            for text in ["2/3", "0/3"] { _ = try shard(text) }
            let error = #expect(throws: JobError.self) { try world.run() }
            #expect("\(error!)".hasPrefix("step count lacks shards 1 of 3\nHINT:  "))
            _ = try shard("1/3")
            #expect(calls.names == ["prepare", "2/3", "0/3", "1/3"])
            try world.run()
            #expect(calls.names.last == "last")
            #expect(try world.runStatus() == ["succeeded: "])
            #expect(
                try world.steps().map { "\($0.name) \($0.attempt) \($0.status)" } == [
                    "first 1 succeeded", "count 1 interrupted", "count 2 succeeded",
                    "last 1 succeeded",
                ])
            let report = try world.connection.query(
                """
                select rows_in, rows_out, details::text from ops.steps
                where step_name = 'count' and status = 'succeeded'
                """, as: (Int64, Int64, String).self)[0]
            #expect(report == (5, 1029, #"{"items": 5, "shards": 3, "buckets": 1024}"#))
        }
    }

    @Test func `a shard that is done is left alone, even when the run is over`() throws {
        try withShards { world, calls, shard throws in
            try begin(world)
            _ = try shard("0/2")
            #expect(wasDone(try shard("0/2")))
            _ = try shard("1/2")
            #expect(wasDone(try shard("0/2")))
            try world.run()
            #expect(wasDone(try shard("1/2")))
            #expect(calls.names == ["prepare", "0/2", "1/2", "last"])
        }
    }

    @Test func `what fails is recorded, and done again when the shard is`() throws {
        try withShards { world, calls, shard throws in
            try begin(world)
            calls.fail("prepare", times: 1)
            #expect(throws: JobError.self) { try shard("0/2") }
            calls.fail("1/2", times: 1)
            #expect(throws: JobError.self) { try shard("1/2") }
            #expect(
                try world.shards() == [
                    "0 failed prepare is not to be had", "1 failed 1/2 is not to be had",
                ])
            _ = try shard("1/2")
            _ = try shard("0/2")
            #expect(try world.shards() == ["0 succeeded ", "1 succeeded "])
            #expect(calls.names == ["prepare", "prepare", "1/2", "1/2", "0/2"])
        }
    }

    @Test func `the first shard says how many there are`() throws {
        try withShards { world, calls, shard throws in
            try begin(world)
            _ = try shard("0/2")
            let error = #expect(throws: JobError.self) { try shard("1/4") }
            #expect("\(error!)".hasPrefix("step count of run 1 was begun in shards of 2, not 4"))
            #expect(calls.names == ["prepare", "0/2"])
        }
    }

    @Test func `a shard joins a run, and opens none`() throws {
        try withShards { world, _, shard throws in
            let none = #expect(throws: JobError.self) { try shard("0/2") }
            #expect("\(none!)".hasPrefix("job test has no unfinished run for 2024-03-25"))
            try world.runner.make(world.target).run(
                world.job, asOfDate: world.date, before: "first")
            let early = #expect(throws: JobError.self) { try shard("0/2") }
            #expect("\(early!)".hasPrefix("step count of run 1 waits for first\n"))
            #expect(try world.shards() == [])
            try world.run()
            // The run did the whole step.
            #expect(throws: JobError.self) { try shard("0/2") }
        }
    }

    @Test func `while the job runs as a whole, no shard begins`() throws {
        try withShards { world, _, shard throws in
            try begin(world)
            try world.connection.withLock(JobRunner.lock) {
                let error = #expect(throws: JobError.self) { try shard("0/2") }
                guard case .locked = error else {
                    Issue.record("\(error!)")
                    return
                }
            }
            #expect(try world.shards() == [])
        }
    }

    @Test func `a step that is not there is named`() throws {
        try withShards { world, _, _ throws in
            let runner = world.runner.make(world.target)
            let error = #expect(throws: JobError.self) {
                try runner.run(world.job, asOfDate: world.date, before: "publish")
            }
            #expect("\(error!)" == "job test has no step publish")
        }
    }
}

extension JobWorld {
    /// Shards of all steps as they were last attempted: index, status and error.
    fileprivate func shards() throws -> [String] {
        try connection.query(
            """
            select concat_ws(' ', shard_index, status, coalesce(error_message, ''))
            from ops.step_shards order by shard_index
            """, as: String.self)
    }
}
