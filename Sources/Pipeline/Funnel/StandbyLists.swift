import Jobs
import Postgres
import Ranking

/// What users get whom the funnel has nothing for: nobody gets nothing.
///
/// Whoever's turn did not come keeps the list of the current publication; failing that, and where nothing
/// is left of what sources propose, the popular items of the cohort, and over all where the cohort has no
/// list. The filters hold for these lists too, as long as they leave anything.
struct StandbyLists {
    /// Users of one language and region.
    struct Cohort: Hashable {
        /// Empty where not known.
        var language: String
        var region: String

        static let all = Cohort(language: "", region: "")
    }

    private let context: StepContext
    private let publicationID: Int64
    private let funnel: Funnel
    /// Popular items of each cohort, best first, and their list.
    private let popular: [Cohort: (items: [UInt32], list: StoredList)]

    /// - Parameter isPermitted: Whether an item may be shown at all, by index.
    init(
        _ context: StepContext, of publicationID: Int64, _ funnel: Funnel, isPermitted: [Bool]
    ) throws {
        self.context = context
        self.publicationID = publicationID
        self.funnel = funnel
        var items: [Cohort: [UInt32]] = [:]
        try context.connection.forEachRow(
            try context.query(
                "retrieve/fallbacks", ["publication_id": Bind(publicationID)]),
            as: (String, String, Int64).self
        ) { language, region, itemID in
            let index = Int(funnel.items.ids.index(of: itemID))
            guard index >= 0, isPermitted[index] else { return }
            items[Cohort(language: language, region: region), default: []].append(UInt32(index))
        }
        popular = try items.mapValues { ($0, try Self.list(of: $0, funnel, userID: 0)) }
    }

    /// The lists of the current publication of some users, by user; none where it was ranked under other
    /// terms or rules.
    ///
    /// - Parameter users: All in the buckets.
    func kept(
        by users: Set<Int64>, in buckets: ClosedRange<Int16>
    ) throws -> [Int64: StoredList] {
        var lists: [Int64: StoredList] = [:]
        guard !users.isEmpty else { return lists }
        try context.connection.forEachRow(
            try context.query(
                "rank/kept_lists",
                [
                    "publication_id": Bind(publicationID),
                    "from_bucket": Bind(buckets.lowerBound),
                    "until_bucket": Bind(buckets.upperBound),
                ]),
            as: (Int64, [Int64], [Double], [Float], [Float], [Int16], [Int16], [Float], [Int64])
                .self
        ) { userID, items, scores, terms, multipliers, sources, slotKinds, propensities, because in
            guard users.contains(userID) else { return }
            lists[userID] = StoredList(
                userID: userID, kind: .kept, itemIDs: items, scores: scores, terms: terms,
                multipliers: multipliers, sources: sources, slotKinds: slotKinds,
                propensities: propensities, because: because)
        }
        return lists
    }

    /// What a user gets whom the funnel has nothing for.
    ///
    /// - Parameters:
    ///   - list: The list that the user has; nil where there is none, or nothing is left of what sources
    ///     propose.
    ///   - row: Of the user in the filter.
    /// - Returns: Nil where no item may be shown to anybody.
    func list(
        userID: Int64, keeping list: StoredList?, _ cohort: Cohort, _ filter: CandidateFilter,
        row: Int
    ) throws -> StoredList? {
        if let list {
            let places = list.itemIDs.indices.filter { place in
                let index = funnel.items.ids.index(of: list.itemIDs[place])
                return index >= 0 && !filter.refuses(UInt32(index), ofUser: row)
            }
            if !places.isEmpty { return list.selecting(places) }
        }
        guard let (items, whole) = popular[cohort] ?? popular[.all] else { return nil }
        let left = items.filter { !filter.refuses($0, ofUser: row) }
        guard left.count < items.count, !left.isEmpty else {
            var list = whole
            list.userID = userID
            return list
        }
        return try Self.list(of: left, funnel, userID: userID)
    }

    private static func list(
        of items: [UInt32], _ funnel: Funnel, userID: Int64
    ) throws -> StoredList {
        let (ranked, list) = try funnel.fallback(items, source: PublicationStore.fallbackSource)
        return StoredList(
            userID: userID, kind: .fallback, ranked: ranked, list: list, ids: funnel.items.ids)
    }
}
