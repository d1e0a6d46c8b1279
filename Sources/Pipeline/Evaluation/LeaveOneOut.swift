import Jobs
import Postgres
import TwoTower

/// Leave-one-out: the last positive of each user is the test, the one before it the validation, and
/// what comes before is learned.
///
/// Positives stand in their order, whatever their dates: one day may hold a whole history. A user
/// with fewer than three is learned whole and not measured. Others' events that happened after the
/// one held out are learned, as in the published protocol; of the user's own only earlier ones are.
///
/// Sources: Kang, McAuley, "Self-attentive sequential recommendation", ICDM 2018, §IV.A; the ranking
/// of all items instead of a sample: Krichene, Rendle, "On sampled metrics for item recommendation",
/// KDD 2020.
struct LeaveOneOut: EvaluationSplit {
    var asOfDate: PostgresDate
    var part: HeldOutPart

    /// Users with fewer positives have too little to learn beside a validation and a test.
    static let minimumHistory = 3

    var summary: String {
        switch part {
        case .test: "leave one out: last positive, known at \(asOfDate)"
        case .validation: "leave one out: last positive but one, known at \(asOfDate)"
        }
    }

    var isByTime: Bool { false }

    /// Positives at the end of a history that are not learned.
    private var hiddenCount: Int { part == .test ? 1 : 2 }

    func learned(from users: UserTable) -> UserTable {
        users.truncated { length in
            length < Self.minimumHistory ? length : length - hiddenCount
        }
    }

    func heldOut(
        of users: UserTable, items: ItemTable, _ context: StepContext
    ) throws -> [HeldOut] {
        let sequences = users.sequences
        return users.ids.indices.compactMap { row in
            let events = sequences.events(of: row)
            guard events.count >= Self.minimumHistory else { return nil }
            let event = events.upperBound - hiddenCount
            return HeldOut(
                userID: users.ids[row], itemIDs: [items.ids.keys[Int(sequences.items[event])]],
                day: sequences.days[event])
        }
    }
}
