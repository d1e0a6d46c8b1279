import Postgres
import Ranking

/// A list as `serving.recommendation_lists` has it.
struct StoredList {
    /// How a user came to a list: `list_kind`.
    enum Kind: String {
        /// Ranked for the publication.
        case model
        /// That of the publication before.
        case kept
        /// What is popular in the cohort.
        case fallback
    }

    var userID: Int64
    var kind: Kind
    var itemIDs: [Int64]
    var scores: [Double]
    /// Shape `[items, terms]`.
    var terms: [Float]
    /// Shape `[items, rules]`.
    var multipliers: [Float]
    var sources: [Int16]
    var slotKinds: [Int16]
    var propensities: [Float]
    /// One for each item, or none at all.
    var because: [Int64]
    /// What it was chosen from; nil for one that was kept.
    var ranked: CandidateList?
    /// Since when there is no time for the user: see ``CandidateStore/Standing``.
    var deferredSince: PostgresDate?

    /// The same list with some of its places alone.
    ///
    /// - Parameter places: Ascending, from 0.
    func selecting(_ places: [Int]) -> StoredList {
        guard places.count < itemIDs.count else { return self }
        func rows(_ values: [Float]) -> [Float] {
            let width = values.count / itemIDs.count
            return places.flatMap { values[$0 * width..<($0 + 1) * width] }
        }
        var list = self
        list.itemIDs = places.map { itemIDs[$0] }
        list.scores = places.map { scores[$0] }
        list.terms = rows(terms)
        list.multipliers = rows(multipliers)
        list.sources = places.map { sources[$0] }
        list.slotKinds = places.map { slotKinds[$0] }
        list.propensities = places.map { propensities[$0] }
        list.because = because.isEmpty ? [] : places.map { because[$0] }
        return list
    }
}

extension StoredList {
    /// What a re-ranker made of candidates.
    ///
    /// - Parameter ids: `item_id` by index.
    init(
        userID: Int64, kind: Kind, ranked: CandidateList, list: RerankedList,
        because: [UInt32] = [],
        ids: Vocabulary<Int64>
    ) {
        let places = list.items
        self.userID = userID
        self.kind = kind
        itemIDs = places.map { ids.keys[Int($0.item)] }
        scores = places.map(\.score)
        terms = places.flatMap { ranked.terms[row: $0.row] }
        multipliers = list.multipliers
        sources = places.map(\.source)
        slotKinds = places.map(\.slotKind.rawValue)
        propensities = places.map(\.propensity)
        self.because = because.map { ids.keys[Int($0)] }
        self.ranked = ranked
    }
}
