import Jobs
import Postgres

/// Global time split: what was known before a date is learned, what became known after it is held
/// out, for all users alike.
///
/// Source: Meng, McCreadie, Macdonald, Ounis, "Exploring data splitting strategies for the evaluation
/// of recommendation models", RecSys 2020.
struct TimeSplit: EvaluationSplit {
    var asOfDate: PostgresDate
    /// What became known from here on is not read.
    var untilDate: PostgresDate
    var positiveActions: [String]

    var summary: String { "time split at \(asOfDate), held out until \(untilDate)" }
    var isByTime: Bool { true }

    /// The different items that each user liked between the dates and not before; an item that was
    /// unknown at the split is among them.
    func heldOut(
        of users: UserTable, items: ItemTable, _ context: StepContext
    ) throws -> [HeldOut] {
        var heldOut: [HeldOut] = []
        try context.connection.forEachRow(
            try context.query(
                "evaluate/truth",
                [
                    "as_of_date": Bind(asOfDate), "until_date": Bind(untilDate),
                    "positive_actions": Bind(positiveActions),
                ]), as: (Int64, [Int64]).self
        ) { userID, itemIDs in
            heldOut.append(
                HeldOut(userID: userID, itemIDs: itemIDs, day: asOfDate.daysSinceEpoch))
        }
        return heldOut
    }
}
