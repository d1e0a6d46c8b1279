import Foundation
import LinearAlgebra
import NeuralNetwork

/// How well a model under training ranks what was held out.
public struct ValidationScore: Codable, Sendable, Equatable {
    /// Batches trained before.
    public let batch: Int
    /// Users measured.
    public let userCount: Int
    /// Length of the lists that were judged.
    public let cutoff: Int
    /// Mean share of a user's held-out items in the list.
    public let recall: Double
    /// Mean normalised discounted cumulative gain of the list, which early stopping goes by.
    public let ndcg: Double
}

extension ValidationScore: ValidationMeasurement {
    package var quality: Double { ndcg }
}

/// Measures models on the held-out events of a fixed sample of users, by ranking all items.
///
/// What a user had before is taken out of the ranking. With u users, n items and d dimensions a
/// measurement embeds n items and u users, and takes u · n · d multiplications for each interest of
/// a user, by the best of which an item is ranked.
struct Validation {
    private let split: ValidationSplit
    private let sequences: Sequences
    private let profiles: Profiles
    private let userIds: [Int32]
    private let features: Matrix?
    private let cutoff: Int
    private let threadCount: Int

    /// Scores of one chunk of users, at most: some 16 MB a thread.
    private static let scoreLimit = 1 << 22

    init(_ split: ValidationSplit, cutoff: Int, threadCount: Int) {
        self.split = split
        self.cutoff = cutoff
        self.threadCount = threadCount
        let dataset = split.training
        sequences = dataset.sequences.slicing(
            split.users.map { dataset.sequences.events(of: $0) })
        profiles = dataset.profiles.selecting(split.users)
        userIds = split.users.map { Int32($0) }
        features = dataset.numericFeatures?.matrix(day: split.day)
    }

    func score(_ model: TwoTowerModel, batch: Int) throws(ModelError) -> ValidationScore {
        let catalogue = split.training.catalogue
        let items = try model.embedItems(catalogue, features: features, threadCount: threadCount)
        let users = try model.embedUsers(
            sequences, userIds: userIds, profiles: profiles, catalogue: catalogue,
            asOf: split.userDays, threadCount: threadCount)
        let interests = model.interestCount
        let chunk = max(1, min(64, Self.scoreLimit / (items.rows * interests)))
        let sums = users.withView { users in
            items.withView { items in
                parallelMap(of: split.users.count, chunkSize: chunk, threadCount: threadCount) {
                    _, range in
                    let rows = range.lowerBound * interests..<range.upperBound * interests
                    return self.sums(users.rows(rows), items, of: range)
                }
            }
        }
        let total = sums.reduce((recall: 0.0, ndcg: 0.0)) {
            ($0.recall + $1.recall, $0.ndcg + $1.ndcg)
        }
        let count = Double(split.users.count)
        return ValidationScore(
            batch: batch, userCount: split.users.count, cutoff: cutoff,
            recall: total.recall / count, ndcg: total.ndcg / count)
    }

    /// The sums of recall and nDCG over a chunk of users.
    private func sums(
        _ vectors: MatrixView, _ items: MatrixView, of users: Range<Int>
    ) -> (recall: Double, ndcg: Double) {
        let interests = vectors.rows / users.count
        var scores = Matrix(rows: vectors.rows, columns: items.rows)
        return scores.withMutableView { scores in
            BLAS.multiply(vectors, items, transposing: .second, into: scores)
            var (recall, ndcg) = (0.0, 0.0)
            for (index, user) in users.enumerated() {
                let x = scores.row(index * interests)
                for interest in 1..<max(interests, 1) {
                    let other = scores.row(index * interests + interest)
                    for column in 0..<scores.columns { x[column] = max(x[column], other[column]) }
                }
                for event in sequences.offsets[user]..<sequences.offsets[user + 1] {
                    x[Int(sequences.items[event])] = -.infinity
                }
                let truth = split.truth[user]
                var (hits, gain) = (0, 0.0)
                for item in truth {
                    let rank = Self.rank(of: Int(item), x, scores.columns)
                    guard rank <= cutoff else { continue }
                    hits += 1
                    gain += 1 / log2(Double(rank + 1))
                }
                let ideal = (1...min(cutoff, truth.count)).reduce(0) {
                    $0 + 1 / log2(Double($1 + 1))
                }
                recall += Double(hits) / Double(truth.count)
                ndcg += gain / ideal
            }
            return (recall, ndcg)
        }
    }

    /// The rank of an item, from 1: after those of a higher score, and of the same score and a
    /// lower index. A score that is no number comes last, and one among the others before.
    private static func rank(of item: Int, _ scores: UnsafePointer<Float>, _ count: Int) -> Int {
        let score = scores[item]
        var before: Int32 = 1
        for index in 0..<item { before &+= scores[index] < score ? 0 : 1 }
        for index in item + 1..<count { before &+= scores[index] <= score ? 0 : 1 }
        return Int(before)
    }
}
