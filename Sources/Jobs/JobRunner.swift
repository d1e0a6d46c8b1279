import Dispatch
public import Postgres
public import SQLCatalog

/// Runs a job: one at a time, step after step, each recorded, each tried again when that can help.
///
/// A run that died is taken up at the step at which it died: steps that are done stay done.
public struct JobRunner {
    /// What a run says while it goes on.
    public enum Event: Sendable {
        case runStarted(runID: Int64, doneSteps: Int)
        case stepStarted(step: String, position: Int, count: Int)
        case progress(step: String, line: String)
        case stepFinished(step: String, report: StepReport, duration: Duration)
        case stepRetried(step: String, message: String)
    }

    /// The lock that a run holds from its beginning to its end, on a session of its own.
    public static let lock = AdvisoryLockKey(name: "vitrine/job")
    /// The lock that every attempt at a step holds on its own session.
    static let stepLock = AdvisoryLockKey(name: "vitrine/job/step")

    private let catalog: SQLCatalog
    private let target: ConnectionTarget
    private let codeVersion: String

    public init(catalog: SQLCatalog, target: ConnectionTarget, codeVersion: String) {
        self.catalog = catalog
        self.target = target
        self.codeVersion = codeVersion
    }

    /// Runs a job for a date.
    ///
    /// - Parameters:
    ///   - resuming: Whether an unfinished run for the date is taken up where it ended.
    ///   - boundary: The step before which to end, so that others do it in shards; nil for none.
    /// - Returns: The identifier of the run.
    /// - Throws: ``JobError``; `PostgresError` when the ledger itself cannot be written.
    @discardableResult
    public func run(
        _ job: Job, asOfDate: PostgresDate, resuming: Bool = true, before boundary: String? = nil,
        stop: StopSignal = StopSignal(), onEvent: @escaping (Event) -> Void = { _ in }
    ) throws -> Int64 {
        if let boundary, !job.steps.contains(where: { $0.name == boundary }) {
            throw JobError.noStep(boundary, job: job.name)
        }
        let ledger = RunLedger(connection: try connect(job), catalog: catalog, job: job)
        try ledger.takeLock()
        let done = try ledger.open(
            asOfDate: asOfDate, codeVersion: codeVersion, resuming: resuming)
        onEvent(.runStarted(runID: ledger.runID, doneSteps: done.count))
        let watchdog = job.deadline.map { Self.watchdog(after: $0, stop: stop) }
        defer { watchdog?.cancel() }
        do {
            for (index, step) in job.steps.enumerated() {
                if step.name == boundary {
                    try ledger.finish(
                        status: "interrupted", message: "ended before step \(step.name), as asked")
                    return ledger.runID
                }
                if try done.contains(step.name) && isStillDone(step, of: job, asOfDate, ledger) {
                    continue
                }
                try ledger.requireAllShards(ofStep: step.name)
                onEvent(
                    .stepStarted(step: step.name, position: index + 1, count: job.steps.count))
                try run(step, of: job, at: index + 1, asOfDate, ledger, stop, onEvent)
            }
            try ledger.finish(status: "succeeded")
        } catch let error as JobError {
            if case .stopped = error {
                try ledger.finish(status: "interrupted", message: error.firstLine)
            } else {
                try ledger.finish(status: "failed", message: error.firstLine)
            }
            throw error
        }
        return ledger.runID
    }

    private func isStillDone(
        _ step: any Step, of job: Job, _ asOfDate: PostgresDate, _ ledger: RunLedger
    ) throws -> Bool {
        try step.isStillDone(
            in: StepContext(
                connection: try connect(job), catalog: catalog, runID: ledger.runID,
                asOfDate: asOfDate, codeVersion: codeVersion, stop: StopSignal(),
                progress: { _ in }))
    }

    private func run(
        _ step: any Step, of job: Job, at position: Int, _ asOfDate: PostgresDate,
        _ ledger: RunLedger, _ stop: StopSignal, _ onEvent: @escaping (Event) -> Void
    ) throws {
        let clock = ContinuousClock()
        var retriesLeft = job.retryCount
        while true {
            let start = clock.now
            let attempt = try ledger.start(step: step.name, position: position)
            do {
                try stop.check()
                let connection = try connect(job)
                stop.watch(try connection.canceller())
                defer { stop.watch(nil) }
                // A statement that a killed process has sent may be under way still; the server
                // ends it within a second or so. Until then this attempt waits.
                try connection.lock(Self.stepLock)
                let report = try step.run(
                    in: StepContext(
                        connection: connection, catalog: catalog, runID: ledger.runID,
                        asOfDate: asOfDate, codeVersion: codeVersion, stop: stop,
                        progress: { onEvent(.progress(step: step.name, line: $0)) }))
                try ledger.finish(step: step.name, attempt: attempt, report: report)
                onEvent(
                    .stepFinished(step: step.name, report: report, duration: clock.now - start))
                return
            } catch {
                let message = "\(error)"
                if let reason = stop.reason {
                    try ledger.fail(
                        step: step.name, attempt: attempt, message: "\(Stopped(reason: reason))")
                    throw JobError.stopped(step: step.name, reason: reason)
                }
                try ledger.fail(step: step.name, attempt: attempt, message: message)
                guard retriesLeft > 0, error.passesByItself else {
                    throw JobError.stepFailed(step: step.name, message: message)
                }
                retriesLeft -= 1
                onEvent(.stepRetried(step: step.name, message: message))
            }
        }
    }

    private func connect(_ job: Job) throws -> Connection {
        let connection = try Connection(target, applicationName: "vitrine \(job.name)")
        try connection.setRole("vitrine_job")
        return connection
    }

    /// Asks for a stop when the deadline has passed.
    static func watchdog(
        after deadline: Duration, stop: StopSignal
    ) -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.schedule(deadline: .now() + deadline / .seconds(1))
        timer.setEventHandler { stop.request(.deadline) }
        timer.resume()
        return timer
    }
}

extension JobError {
    fileprivate var firstLine: String {
        description.split(separator: "\n").first.map(String.init) ?? ""
    }
}

extension Error {
    /// Errors of the moment, not of the work: a serialization failure, a deadlock, a lock not
    /// obtained in time, a connection that broke.
    package var passesByItself: Bool {
        switch self {
        case let error as PostgresError:
            error.isConnectionLost || error.code == .connectionFailed
                || ["40001", "40P01", "55P03"].contains(error.sqlState?.rawValue)
        case let error as TransactionError:
            // What the rollback met on top does not matter: the transaction is gone.
            (error.body ?? error.commit)?.passesByItself == true
        default: false
        }
    }
}
