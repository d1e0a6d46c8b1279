import Foundation
import Postgres
import SQLCatalog

/// The rows of `ops.runs` and `ops.steps`, and the lock that makes a job run once at a time.
///
/// Lives on a connection of its own: what happens to the connection of a step, the ledger can still
/// record it, and the lock lasts exactly as long as the process.
final class RunLedger {
    private let connection: Connection
    private let catalog: SQLCatalog
    private let job: Job
    private(set) var runID: Int64 = 0

    init(connection: Connection, catalog: SQLCatalog, job: Job) {
        self.connection = connection
        self.catalog = catalog
        self.job = job
    }

    /// Takes the lock that lets one job at a time work in the database: jobs share the features.
    ///
    /// The server notices within a second or two that a killed process is gone: where the holder was
    /// on this machine and no longer runs, that is waited for.
    ///
    /// - Parameter sharing: Whether the shards of a step may have it together.
    /// - Throws: ``JobError/locked(job:holder:)`` when another process has it.
    func takeLock(sharing: Bool = false) throws {
        let key = JobRunner.lock
        let patience = ContinuousClock.now + .seconds(10)
        while try !(sharing ? connection.tryLockShared(key) : connection.tryLock(key)) {
            let run = try connection.first(
                try script("lock_holder").query(),
                as: (String, Int64, String, Int32, Timestamp).self)
            guard let (jobName, runID, host, processID, startedAt) = run else {
                let session = try connection.holder(of: key)
                // A session that closed a moment ago is gone from the list before its lock is.
                if session == nil, ContinuousClock.now < patience {
                    Thread.sleep(forTimeInterval: 0.02)
                    continue
                }
                throw JobError.locked(
                    job: job.name,
                    holder: session.map { "session \($0.processID) (\($0.applicationName))" }
                        ?? "a session that is about to end")
            }
            guard host == ProcessInfo.processInfo.hostName, !Self.isRunning(processID),
                ContinuousClock.now < patience
            else {
                throw JobError.locked(
                    job: jobName,
                    holder: "run \(runID), process \(processID) on \(host), since \(startedAt)")
            }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    private static func isRunning(_ processID: Int32) -> Bool {
        kill(processID, 0) == 0 || errno == EPERM
    }

    /// Closes runs whose process died, then takes up the unfinished run of the date or opens one.
    ///
    /// - Parameter resuming: Whether an unfinished run may be taken up.
    /// - Returns: Names of the steps that are done already.
    func open(
        asOfDate: PostgresDate, codeVersion: String, resuming: Bool
    ) throws -> Set<String> {
        try connection.withTransaction {
            try connection.run(try script("close_dead_runs"))
        }
        if let schedule = job.schedule {
            try connection.run(
                try script("expect_run"),
                ["job_name": Bind(job.name), "schedule": Bind(schedule.text)])
        }
        let identity = identity(asOfDate, codeVersion).merging(
            [
                "host_name": Bind(ProcessInfo.processInfo.hostName),
                "process_id": Bind(Int32(getpid())),
            ]) { $1 }
        let unfinished =
            resuming
            ? try connection.first(try script("unfinished_run").query(identity), as: Int64.self)
            : nil
        if let unfinished {
            runID = unfinished
            let arguments = identity.merging(["run_id": Bind(runID)]) { $1 }
            _ = try connection.value(try script("resume_run").query(arguments), as: Int32.self)
        } else {
            runID = try connection.value(try script("create_run").query(identity), as: Int64.self)
        }
        return try succeededSteps()
    }

    /// Finds the newest run of the job for a date, for a shard to join.
    ///
    /// - Returns: Whether it is finished; nil when there is none, or one of another file or version.
    func join(asOfDate: PostgresDate, codeVersion: String) throws -> Bool? {
        let run = try connection.first(
            try script("run_to_join").query(identity(asOfDate, codeVersion)),
            as: (Int64, String).self)
        guard let (joined, status) = run else { return nil }
        runID = joined
        return status == "succeeded"
    }

    /// Names of the steps that are done.
    func succeededSteps() throws -> Set<String> {
        Set(
            try connection.query(
                try script("succeeded_steps").query(["run_id": Bind(runID)]), as: String.self))
    }

    /// - Throws: ``JobError/shardsMissing(step:missing:count:)`` when the step was begun in shards
    ///   and some of them are not done.
    func requireAllShards(ofStep step: String) throws {
        let ledger = ShardLedger(
            connection: connection, catalog: catalog, runID: runID, step: step)
        if let cut = try ledger.cut(), !cut.missing.isEmpty {
            throw JobError.shardsMissing(
                step: step, missing: cut.missing, count: cut.shardCount)
        }
    }

    /// What tells the run of a job from others.
    private func identity(_ asOfDate: PostgresDate, _ codeVersion: String) -> [String: Bind] {
        [
            "job_name": Bind(job.name), "as_of_date": Bind(asOfDate),
            "parameters": Bind(JSONB(job.parameters)), "code_version": Bind(codeVersion),
        ]
    }

    /// - Returns: The number of the attempt.
    func start(step: String, position: Int) throws -> Int32 {
        try connection.value(
            try script("start_step").query([
                "run_id": Bind(runID), "step_name": Bind(step), "position": Bind(Int16(position)),
            ]), as: Int32.self)
    }

    func finish(step: String, attempt: Int32, report: StepReport) throws {
        var arguments = try report.binds()
        arguments["run_id"] = Bind(runID)
        arguments["step_name"] = Bind(step)
        arguments["attempt"] = Bind(attempt)
        try connection.run(try script("finish_step"), arguments)
    }

    func fail(step: String, attempt: Int32, message: String) throws {
        try connection.run(
            try script("fail_step"),
            [
                "run_id": Bind(runID), "step_name": Bind(step), "attempt": Bind(attempt),
                "error_message": Bind(message),
            ])
    }

    /// Closes the run: `succeeded`, `failed` or `interrupted`.
    func finish(status: String, message: String = "") throws {
        try connection.run(
            try script("finish_run"),
            [
                "run_id": Bind(runID), "status": Bind(status), "error_message": Bind(message),
            ])
    }

    private func script(_ name: String) throws -> SQLScript {
        try catalog.script("run/\(name)")
    }
}

extension StepReport {
    /// The binds of the scripts that record it; a negative count is unknown.
    func binds() throws -> [String: Bind] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let details = String(decoding: try encoder.encode(details), as: UTF8.self)
        return [
            "rows_in": Bind(Int64(rowsIn ?? -1)), "rows_out": Bind(Int64(rowsOut ?? -1)),
            "details": Bind(JSONB(details)),
        ]
    }
}
