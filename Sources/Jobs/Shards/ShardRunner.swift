public import Postgres
public import SQLCatalog

/// Does one shard of a step of a run that is under way; other processes do the others.
///
/// Shards may begin in any order, at once, twice, and be killed: the first one prepares the step while
/// the others wait, a shard that is done is left alone, and the last one closes the step.
public struct ShardRunner {
    /// How a shard ended.
    public enum Outcome: Sendable {
        case done(StepReport)
        /// It had been done before.
        case wasDone
    }

    private let catalog: SQLCatalog
    private let target: ConnectionTarget
    private let codeVersion: String

    public init(catalog: SQLCatalog, target: ConnectionTarget, codeVersion: String) {
        self.catalog = catalog
        self.target = target
        self.codeVersion = codeVersion
    }

    /// What an attempt needs to know.
    private struct Work {
        var shard: Shard
        var step: any ShardedStep
        /// Place of the step in its job, from 1.
        var position: Int
        var job: Job
        var runID: Int64
        var asOfDate: PostgresDate
        var stop: StopSignal
        var ledger: ShardLedger
        var onEvent: (JobRunner.Event) -> Void
    }

    /// Does a shard of a step in the newest run of a job for a date.
    ///
    /// - Throws: ``JobError``; `PostgresError` when the ledger itself cannot be written.
    @discardableResult
    public func run(
        _ shard: Shard, ofStep name: String, in job: Job, asOfDate: PostgresDate,
        stop: StopSignal = StopSignal(), onEvent: @escaping (JobRunner.Event) -> Void = { _ in }
    ) throws -> Outcome {
        guard let index = job.steps.firstIndex(where: { $0.name == name }),
            let step = job.steps[index] as? any ShardedStep
        else { throw JobError.noStep(name, job: job.name) }
        let connection = try connect(job, name, shard)
        let run = RunLedger(connection: connection, catalog: catalog, job: job)
        guard let isFinished = try run.join(asOfDate: asOfDate, codeVersion: codeVersion) else {
            throw JobError.noRun(job: job.name, date: asOfDate, step: name)
        }
        let ledger = ShardLedger(
            connection: connection, catalog: catalog, runID: run.runID, step: name)
        // A task that an engine starts once more is no error, even if the run has gone on.
        if try isDone(shard, ledger) { return .wasDone }
        guard !isFinished else { throw JobError.noRun(job: job.name, date: asOfDate, step: name) }
        try run.takeLock(sharing: true)
        let done = try run.succeededSteps()
        if done.contains(name) { return .wasDone }
        let work = Work(
            shard: shard, step: step, position: index + 1, job: job, runID: run.runID,
            asOfDate: asOfDate, stop: stop, ledger: ledger, onEvent: onEvent)
        let missing = try job.steps[..<index].filter { earlier in
            try !done.contains(earlier.name)
                || !earlier.isStillDone(in: context(work, try connect(job, name, shard)))
        }
        guard missing.isEmpty else {
            throw JobError.notReady(
                step: name, runID: run.runID, missing: missing.map(\.name))
        }
        try ledger.open(count: shard.count)
        let watchdog = job.deadline.map { JobRunner.watchdog(after: $0, stop: stop) }
        defer { watchdog?.cancel() }
        return try attempt(work)
    }

    private func isDone(_ shard: Shard, _ ledger: ShardLedger) throws -> Bool {
        guard let cut = try ledger.cut(), cut.shardCount == shard.count else { return false }
        return !cut.missing.contains(shard.index)
    }

    private func attempt(_ work: Work) throws -> Outcome {
        onStart(work)
        let start = ContinuousClock.now
        var retriesLeft = work.job.retryCount
        while true {
            do {
                try work.stop.check()
                let connection = try connect(work.job, work.step.name, work.shard)
                work.stop.watch(try connection.canceller())
                defer { work.stop.watch(nil) }
                // What a killed process has sent to the whole step may be under way still.
                try connection.lockShared(JobRunner.stepLock)
                guard let report = try doShard(work, connection) else { return .wasDone }
                work.onEvent(
                    .stepFinished(
                        step: work.step.name, report: report,
                        duration: ContinuousClock.now - start))
                return .done(report)
            } catch {
                let message = "\(error)"
                if let reason = work.stop.reason {
                    try work.ledger.fail(work.shard, message: "\(Stopped(reason: reason))")
                    throw JobError.stopped(step: work.step.name, reason: reason)
                }
                try work.ledger.fail(work.shard, message: message)
                guard retriesLeft > 0, error.passesByItself else {
                    throw JobError.stepFailed(step: work.step.name, message: message)
                }
                retriesLeft -= 1
                work.onEvent(.stepRetried(step: work.step.name, message: message))
            }
        }
    }

    private func onStart(_ work: Work) {
        work.onEvent(
            .stepStarted(
                step: "\(work.step.name) \(work.shard)", position: work.position,
                count: work.job.steps.count))
    }

    /// - Returns: Nil when another process had done the shard.
    private func doShard(_ work: Work, _ connection: Connection) throws -> StepReport? {
        // Whoever has the same shard to do waits here, and then finds it done.
        try connection.withLock(work.ledger.lock(of: work.shard)) {
            if try isDone(work.shard, work.ledger) { return nil }
            try work.ledger.start(work.shard)
            try prepare(work, connection)
            return try connection.withTransaction {
                let report = try work.step.run(work.shard, in: context(work, connection))
                try work.ledger.finish(work.shard, report: report, on: connection)
                return report
            }
        }
    }

    /// Prepares the step, or waits until another shard has.
    private func prepare(_ work: Work, _ connection: Connection) throws {
        try connection.withLock(work.ledger.preparationLock) {
            try work.ledger.startStep(position: work.position)
            guard try work.ledger.cut()?.isPrepared == false else { return }
            let report = try work.step.prepare(in: context(work, connection))
            try work.ledger.recordPreparation(report)
        }
    }

    private func context(_ work: Work, _ connection: Connection) -> StepContext {
        StepContext(
            connection: connection, catalog: catalog, runID: work.runID, asOfDate: work.asOfDate,
            codeVersion: codeVersion, stop: work.stop,
            progress: { work.onEvent(.progress(step: work.step.name, line: $0)) })
    }

    private func connect(_ job: Job, _ step: String, _ shard: Shard) throws -> Connection {
        let connection = try Connection(
            target, applicationName: "vitrine \(job.name) \(step) \(shard)")
        try connection.setRole("vitrine_job")
        return connection
    }
}
