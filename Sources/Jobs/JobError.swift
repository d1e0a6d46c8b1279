import Postgres

/// Why a job did not run to its end.
public enum JobError: Error, Sendable, CustomStringConvertible {
    /// Another process runs the job: who, as far as is known.
    case locked(job: String, holder: String)
    /// A step failed; the error is in `ops.steps` as well.
    case stepFailed(step: String, message: String)
    /// The run was asked to stop during a step, and can be taken up there.
    case stopped(step: String, reason: StopReason)

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
        }
    }
}
