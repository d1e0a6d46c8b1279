import Postgres

/// Whether a response may be executed: a function of what is known of it, without a database.
enum ResponseDecision: Equatable {
    case execute
    /// Say what would be done, and do nothing.
    case rehearse
    /// Do nothing, for a reason.
    case refuse(String)

    /// What the decision rests on.
    struct Facts {
        /// The one switch that turns all responses off.
        var isSwitchedOn = true
        var isEnabled = true
        var isDryRun = false
        /// Whether the alert was over before anything was done.
        var isResolved = false
        var date: PostgresDate
        /// Date of the newest execution of the same response; nil where there is none.
        var lastExecutedOn: PostgresDate?
        var coolDownDays = 0
        /// Attempts at executing it for the same date.
        var dateCount = 0
        var dailyLimit = 1
    }

    static func decide(_ facts: Facts) -> ResponseDecision {
        if !facts.isSwitchedOn { return .refuse("responses are switched off in ops.switches") }
        if !facts.isEnabled { return .refuse("the response is disabled") }
        if facts.isResolved { return .refuse("the alert was resolved before") }
        if facts.isDryRun { return .rehearse }
        if let last = facts.lastExecutedOn,
            facts.date < last.advanced(by: facts.coolDownDays)
        {
            return .refuse(
                "the response cools down until \(last.advanced(by: facts.coolDownDays))")
        }
        if facts.dateCount >= facts.dailyLimit {
            return .refuse("the limit of \(facts.dailyLimit) a day is reached")
        }
        return .execute
    }
}
