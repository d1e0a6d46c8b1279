import LinearAlgebra
import Ranking

/// What the first stage reads of a user and candidates: numbers of both that are at hand before the
/// second stage is asked, the two-tower's score, and the source.
///
/// Training and serving read it by the same code.
struct FirstStageFeatures: Sendable {
    /// The numbers of each item of the ranker's view, and the row in it of each item of the funnel, or
    /// −1.
    let itemNumbers: NamedNumbers
    let itemRows: [Int32]
    /// Terms of the items of the funnel, shape `[items, terms]`.
    let itemTerms: Matrix
    let itemTermNames: [String]
    /// The numbers of each user of the page, and the row in it of each user of the funnel, or nil.
    let userNumbers: NamedNumbers
    let userRows: [Int?]

    /// Rows of the table of sources, whose identifiers may be any.
    private static let sourceRows = 64

    /// The columns that a first stage has which reads this.
    var columns: (context: RankerColumns, candidate: RankerColumns) {
        (
            RankerColumns(numbers: userNumbers.names),
            RankerColumns(
                numbers: ["tower_score", "log_affinity"] + itemTermNames + itemNumbers.names,
                categories: [
                    RankerCategory(name: "source", rows: Self.sourceRows, isHashed: true)
                ])
        )
    }

    /// The candidates of one user.
    struct Candidates {
        /// The user, by row of the funnel.
        var user: Int
        /// By index of the funnel.
        var items: [UInt32]
        /// The source that each counts for.
        var sources: [Int16]
        /// By the two-tower; all 0 for a user without embeddings.
        var towerScores: [Float]
    }

    /// What a first stage reads of some users.
    func inputs(_ users: [Candidates]) throws -> RankerInputs {
        let count = users.reduce(0) { $0 + $1.items.count }
        let (context, candidate) = columns
        var contextNumbers: [Float] = []
        var numbers: [Float] = []
        var ids: [Int64] = []
        var offsets = [0]
        contextNumbers.reserveCapacity(users.count * context.numbers.count)
        numbers.reserveCapacity(count * candidate.numbers.count)
        ids.reserveCapacity(count)
        let unknownUser = [Float](repeating: .nan, count: context.numbers.count)
        let unknownItem = [Float](repeating: .nan, count: itemNumbers.names.count)
        for user in users {
            contextNumbers +=
                userRows[user.user].map { userNumbers.matrix[row: $0] } ?? unknownUser[...]
            let best = user.towerScores.max() ?? 0
            for (place, item) in user.items.enumerated() {
                numbers.append(user.towerScores[place])
                numbers.append(user.towerScores[place] - best)
                numbers += itemTerms[row: Int(item)]
                let row = itemRows[Int(item)]
                numbers += row >= 0 ? itemNumbers.matrix[row: Int(row)] : unknownItem[...]
                ids.append(Int64(user.sources[place]))
            }
            offsets.append(ids.count)
        }
        return try RankerInputs(
            contexts: RankerFeatures(
                numbers: Matrix(
                    rows: users.count, columns: context.numbers.count, elements: contextNumbers)),
            histories: IndexLists(users.map { _ in [] }), candidateOffsets: offsets,
            candidates: RankerFeatures(
                numbers: Matrix(
                    rows: count, columns: candidate.numbers.count, elements: numbers), ids: ids),
            candidateRows: [Int32](repeating: -1, count: count),
            embeddings: Matrix(rows: 0, columns: 0))
    }
}

/// The first stage at work on a page of users.
struct FirstStageScorer: Sendable {
    let model: Ranker
    let features: FirstStageFeatures

    /// How likely the second stage is to keep each candidate, user by user, on the calling thread.
    func scores(of users: [FirstStageFeatures.Candidates]) throws -> [[Float]] {
        let scores = try model.scores(of: features.inputs(users), threadCount: 1)
        var start = 0
        return users.map { user in
            defer { start += user.items.count }
            return Array(scores.elements[start..<start + user.items.count])
        }
    }
}
