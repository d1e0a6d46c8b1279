import LinearAlgebra
import VectorIndex

/// Measures what is lost by storing embeddings in fewer bytes: the best items of a sample of users,
/// found exactly by the embeddings as the model gives them and as they would be stored.
package struct EncodingMeter {
    /// Embeddings of all items, shape `[N, D]`.
    let items: Matrix
    let threadCount: Int
    /// Of so many users one is in the sample.
    private let stride: Int
    private var seenUserCount = 0
    private var sample: [Float] = []
    private var interestCount = 1

    /// Nil when there is to be no sample.
    ///
    /// - Parameters:
    ///   - items: Embeddings of all items in single precision, shape `[N, D]`.
    ///   - userCount: Users that will be offered.
    ///   - sampleSize: Users in the sample, at most.
    package init?(items: Matrix, userCount: Int, sampleSize: Int, threadCount: Int) {
        guard sampleSize > 0 else { return nil }
        self.items = items
        self.threadCount = threadCount
        stride = max((userCount + sampleSize - 1) / sampleSize, 1)
    }

    /// What is lost by one pair of encodings.
    package struct Loss: Equatable {
        package var users: EmbeddingEncoding
        package var items: EmbeddingEncoding
        /// Of the ten best items.
        package var recall10: RecallShares
        /// Of the hundred best items.
        package var recall100: RecallShares
        /// Mean squared error of a number, over the sample.
        package var userSquaredError: Double
        /// Mean squared error of a number, over all items.
        package var itemSquaredError: Double
        /// Users in the sample.
        package var sampleSize: Int
    }

    /// Takes some of the users into the sample: one at equal distances, the same ones however users
    /// are cut into pages.
    package mutating func add(_ users: UserEmbeddings) {
        interestCount = users.interestCount
        for user in 0..<users.userCount {
            defer { seenUserCount += 1 }
            guard seenUserCount.isMultiple(of: stride) else { continue }
            for interest in 0..<interestCount {
                sample += users.matrix[row: user * interestCount + interest]
            }
        }
    }

    /// The loss by every pair of encodings that can hold the embeddings; none where there is nothing
    /// to measure with.
    ///
    /// - Throws: `VectorIndexError` for embeddings that are not finite or too large to search with.
    /// - Complexity: an exact search for the sample by each pair, and a copy of the items.
    package func measure() throws -> [Loss] {
        guard !sample.isEmpty, items.rows > 0 else { return [] }
        let users = Matrix(
            rows: sample.count / items.columns, columns: items.columns, elements: sample)
        let expected = try search(items, users)
        var losses: [Loss] = []
        for itemEncoding in EmbeddingEncoding.allCases {
            guard let storedItems = try? itemEncoding.restored(items) else { continue }
            for userEncoding in EmbeddingEncoding.allCases {
                guard let storedUsers = try? userEncoding.restored(users) else { continue }
                let found =
                    itemEncoding == .real && userEncoding == .real
                    ? expected : try search(storedItems, storedUsers)
                losses.append(
                    Loss(
                        users: userEncoding, items: itemEncoding,
                        recall10: RecallShares(of: found, expected: expected, cutoff: 10),
                        recall100: RecallShares(of: found, expected: expected, cutoff: 100),
                        userSquaredError: users.meanSquaredError(storedUsers),
                        itemSquaredError: items.meanSquaredError(storedItems),
                        sampleSize: users.rows / interestCount))
            }
        }
        return losses
    }

    private func search(_ items: Matrix, _ users: Matrix) throws -> RankedLists {
        try ExactIndexBuilder().build(items: items).search(
            users, interests: interestCount, k: 100,
            settings: ExactSearchSettings(threadCount: threadCount))
    }
}

extension Matrix {
    /// The mean squared difference of the values of two matrices of one shape.
    fileprivate func meanSquaredError(_ other: Matrix) -> Double {
        var sum = 0.0
        for (value, otherValue) in zip(elements, other.elements) {
            let difference = Double(value) - Double(otherValue)
            sum += difference * difference
        }
        return sum / Double(max(elements.count, 1))
    }
}
