public import Postgres

/// Why a job did not run to its end.
public enum JobError: Error, Sendable, CustomStringConvertible {
    /// Another process runs the job: who, as far as is known.
    case locked(job: String, holder: String)
    /// A step failed; the error is in `ops.steps` as well.
    case stepFailed(step: String, message: String)
    /// The run was asked to stop during a step, and can be taken up there.
    case stopped(step: String, reason: StopReason)
    /// The job has no step of that name, or none that can be done in shards.
    case noStep(String, job: String)
    /// There is no run for a shard to join.
    case noRun(job: String, date: PostgresDate, step: String)
    /// A shard was begun before the steps on which it builds were done.
    case notReady(step: String, runID: Int64, missing: [String])
    /// The step was cut into another number of shards.
    case otherCut(step: String, runID: Int64, count: Int, asked: Int)
    /// Some shards of a step are not done.
    case shardsMissing(step: String, missing: [Int], count: Int)

    public var description: String {
        switch self {
        case .locked(let job, let holder):
            """
            job \(job) is already running: \(holder)
            HINT:  Wait until it is done, or stop that process; its steps so far are kept.
            """
        case .stepFailed(let step, let message): "step \(step) failed: \(message)"
        case .stopped(let step, let reason):
            """
            \(Stopped(reason: reason)) in step \(step)
            HINT:  Run the job again for the same date to go on from there.
            """
        case .noStep(let step, let job):
            "job \(job) has no step \(step)"
        case .noRun(let job, let date, let step):
            """
            job \(job) has no unfinished run for \(date), of this file and version, to join
            HINT:  Begin one with: vitrine run \(job) --date \(date) --before \(step)
            """
        case .notReady(let step, let runID, let missing):
            """
            step \(step) of run \(runID) waits for \(missing.joined(separator: ", "))
            HINT:  Run the job with --before \(step), then the shards.
            """
        case .otherCut(let step, let runID, let count, let asked):
            """
            step \(step) of run \(runID) was begun in shards of \(count), not \(asked)
            HINT:  Go on with \(count), or begin a new run with --fresh.
            """
        case .shardsMissing(let step, let missing, let count):
            """
            step \(step) lacks shards \(Self.list(missing)) of \(count)
            HINT:  Run them with vitrine \(step) --shard i/\(count), then the job again.
            """
        }
    }

    /// The first numbers of a list, and how many there are besides.
    private static func list(_ numbers: [Int]) -> String {
        let shown = numbers.prefix(8).map(String.init).joined(separator: ", ")
        return numbers.count > 8 ? "\(shown) and \(numbers.count - 8) more" : shown
    }
}
