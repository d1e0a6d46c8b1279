import Jobs
import Postgres

/// Given train and test: a model learned everything that was imported, and what is held out is a list
/// from elsewhere.
struct GivenPairs: EvaluationSplit {
    var asOfDate: PostgresDate
    var list: HeldOutPairs

    var summary: String { "given pairs of \(list.name), known at \(asOfDate)" }
    // Nobody says when the pairs of the list happened.
    var isByTime: Bool { false }

    func heldOut(of users: UserTable, items: ItemTable, _ context: StepContext) -> [HeldOut] {
        list.byUser
    }
}

/// Pairs of user and item to measure a model on.
public struct HeldOutPairs: Sendable {
    /// What the list is called in ``EvaluationSplit/summary``.
    public var name: String
    /// Users ascending; the different items of each, ascending.
    let byUser: [HeldOut]

    /// - Parameter pairs: In any order, repeated or not.
    public init(name: String, pairs: some Sequence<(userID: Int64, itemID: Int64)>) {
        self.name = name
        byUser = Dictionary(grouping: pairs, by: \.userID).map { userID, pairs in
            HeldOut(userID: userID, itemIDs: Set(pairs.map(\.itemID)).sorted())
        }.sorted { $0.userID < $1.userID }
    }
}
