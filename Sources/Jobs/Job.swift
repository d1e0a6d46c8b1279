/// A job as read from its file: steps in order, and how to treat them.
public struct Job {
    /// The name: of the file in `jobs/`, of the lock, and of the rows in `ops.runs`.
    public var name: String
    public var steps: [any Step]
    /// The whole file as JSON, recorded with every run.
    public var parameters: String
    /// How often a step is tried again after an error that passes by itself.
    public var retryCount: Int
    /// How long a run may take; nil for as long as it needs.
    public var deadline: Duration?
    /// When somebody should start it; nil where nobody waits for it.
    public var schedule: CronSchedule?

    public init(
        name: String, steps: [any Step], parameters: String, retryCount: Int = 2,
        deadline: Duration? = nil, schedule: CronSchedule? = nil
    ) {
        self.name = name
        self.steps = steps
        self.parameters = parameters
        self.retryCount = retryCount
        self.deadline = deadline
        self.schedule = schedule
    }
}
