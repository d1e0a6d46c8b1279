import Postgres
import PostgresTestSupport
import SQLCatalog

@testable import Jobs

/// A step that is a closure.
struct TestStep: Step, Sendable {
    let name: String
    private let isIntact: @Sendable () -> Bool
    private let body: @Sendable (StepContext) throws -> StepReport

    init(
        _ name: String, isStillDone: @escaping @Sendable () -> Bool = { true },
        _ body: @escaping @Sendable (StepContext) throws -> StepReport
    ) {
        self.name = name
        isIntact = isStillDone
        self.body = body
    }

    func isStillDone(in context: StepContext) throws -> Bool { isIntact() }

    func run(in context: StepContext) throws -> StepReport {
        try body(context)
    }
}

/// What a step of a test throws.
struct TestFailure: Error, CustomStringConvertible {
    var description: String
}

/// A job by its name.
struct TestJob: Sendable {
    var name: String

    var empty: Job { Job(name: name, steps: [], parameters: "{}") }
}

/// Makes runners, on any thread.
struct RunnerMaker: Sendable {
    var catalog: SQLCatalog

    func make(_ target: ConnectionTarget) -> JobRunner {
        JobRunner(catalog: catalog, target: target, codeVersion: "1.2.3")
    }
}

/// A job, and a database of its own in which it runs.
struct JobWorld {
    var job: Job
    var connection: Connection
    var target: ConnectionTarget
    var runner: RunnerMaker
    let date = PostgresDate("2024-03-25")!

    /// The same with a deadline.
    func with(deadline: Duration) -> JobWorld {
        var copy = self
        copy.job.deadline = deadline
        return copy
    }

    @discardableResult
    func run(
        date: PostgresDate? = nil, stop: StopSignal = StopSignal(),
        onEvent: @escaping (JobRunner.Event) -> Void = { _ in }
    ) throws -> Int64 {
        try runner.make(target).run(
            job, asOfDate: date ?? self.date, stop: stop, onEvent: onEvent)
    }

    /// All attempts at all steps, in order.
    func steps() throws -> [(name: String, attempt: Int32, status: String)] {
        try connection.query(
            "select step_name, attempt, status from ops.steps order by run_id, position, attempt",
            as: (String, Int32, String).self
        ).map { (name: $0.0, attempt: $0.1, status: $0.2) }
    }

    /// Status and error of all runs, in order.
    func runStatus() throws -> [String] {
        try connection.query(
            "select status || ': ' || coalesce(error_message, '') from ops.runs order by run_id",
            as: String.self)
    }
}

/// Calls `body` with a job of the given steps, in a database with the schema.
func withJob(steps: [TestStep], _ body: (JobWorld) throws -> Void) throws {
    let catalog = try SQLCatalog.locate()
    let template = try TestServer.template("migrated") { connection in
        try Migrator(catalog: catalog, connection: connection).migrate()
    }
    try TestServer.withDatabase(template: template) { connection, uri in
        try body(
            JobWorld(
                job: Job(name: "test", steps: steps, parameters: #"{"job": "test"}"#),
                connection: connection, target: ConnectionTarget(uri),
                runner: RunnerMaker(catalog: catalog)))
    }
}
