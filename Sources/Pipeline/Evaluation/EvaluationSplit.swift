import Jobs
import Postgres

/// How what a model learns from is kept apart from what it is measured on.
public enum EvaluationProtocol: String, Codable, Sendable {
    /// Before a date and after it, for all users: ``TimeSplit``.
    case timeSplit = "time_split"
    /// The last positive of each user, and all before it: ``LeaveOneOut``.
    case leaveOneOut = "leave_one_out"
}

/// Which part of the data is held out.
public enum HeldOutPart: String, CaseIterable, Codable, Sendable {
    /// The newest, for the figures that are reported.
    case test
    /// What comes before the test, to choose settings by; the test is neither learned nor read.
    case validation
}

/// One protocol at one date: what is learned, and what is held out.
protocol EvaluationSplit: Sendable {
    /// How it is measured, in words and with its dates: recorded with every measure.
    var summary: String { get }
    /// What was known before 00:00 UTC of this date is there to be learned, but for what
    /// ``learned(from:)`` takes away.
    var asOfDate: PostgresDate { get }
    /// Whether what is held out became known from ``asOfDate`` on. Where that is not so, counts as of
    /// the date may hold it or be of another time, and only what ``learned(from:)`` leaves is used.
    var isByTime: Bool { get }

    /// The users as of the date, with the histories that may be learned.
    func learned(from users: UserTable) -> UserTable

    /// What is held out of users, each of whom stands once. Of all the day is known, or of none.
    ///
    /// - Parameter users: Those as of the date, with the whole of their histories.
    func heldOut(
        of users: UserTable, items: ItemTable, _ context: StepContext
    ) throws -> [HeldOut]
}

extension EvaluationSplit {
    func learned(from users: UserTable) -> UserTable { users }
}

/// What is held out of one user.
struct HeldOut: Equatable {
    var userID: Int64
    /// Different items, which need not be in the catalogue.
    var itemIDs: [Int64]
    /// The day on which the user is asked for, since 1970-01-01; nil where nobody says.
    var day: Int32?
}

/// Everything known, and nothing held out: what a serving model learns.
struct EverythingKnown: EvaluationSplit {
    var asOfDate: PostgresDate
    var summary: String { "everything known at \(asOfDate)" }
    var isByTime: Bool { true }

    func heldOut(of users: UserTable, items: ItemTable, _ context: StepContext) -> [HeldOut] { [] }
}

extension PipelineSettings {
    /// What the evaluation model learns and is measured on, in a run for a date.
    func split(for date: PostgresDate) -> any EvaluationSplit {
        switch self.protocol {
        case .timeSplit:
            let until = heldOut == .test ? date : date.advanced(by: -holdoutDays)
            return TimeSplit(
                asOfDate: until.advanced(by: -holdoutDays), untilDate: until,
                positiveActions: positiveActions)
        case .leaveOneOut:
            return LeaveOneOut(asOfDate: date, part: heldOut)
        }
    }
}
