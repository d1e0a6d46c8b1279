import LinearAlgebra

/// The search for one block of users: scores a block of items at a time with one matrix product,
/// and lets through what reaches the threshold of each of a user's embeddings.
struct UserBlock: ~Copyable {
    private let index: ExactIndex
    private let firstUser: Int
    private let items: MatrixView
    private let plan: SearchPlan
    private let queries: MutableMatrixView
    /// What the product takes for the queries: themselves, or their form for `DistanceProduct`.
    private let factors: MutableMatrixView
    private let scores: MutableMatrixView
    private let keys: UnsafeMutablePointer<UInt64>
    private var buffers: [CandidateBuffer]

    /// Copies the users' embeddings, normalised where the similarity asks for it, and makes room.
    init(
        index: ExactIndex, users: MatrixView, firstUser: Int, items: MatrixView, plan: SearchPlan
    ) throws(VectorIndexError) {
        let firstRow = firstUser * plan.interests
        var norms = try RowNorms.checked(users, kind: "user", firstRow: firstRow)
        for row in norms.indices
        where !index.similarity.isFinite(norms[row], index.largestNorm) {
            throw .tooLarge("user", row: firstRow + row)
        }
        let dimension = users.columns
        queries = MutableMatrixView(
            base: .allocate(capacity: max(1, users.rows * dimension)), rows: users.rows,
            columns: dimension, stride: dimension)
        for row in 0..<users.rows {
            queries.row(row).initialize(from: users.row(row), count: dimension)
            if index.similarity == .cosine {
                RowNorms.normalise(queries, row: row, norm: norms[row])
                norms[row] = RowNorms.norm(queries.readOnly, row: row)
            }
        }
        if index.similarity == .l2 {
            let width = dimension + DistanceProduct.extraColumns
            factors = MutableMatrixView(
                base: .allocate(capacity: max(1, users.rows * width)), rows: users.rows,
                columns: width, stride: width)
            for row in 0..<users.rows {
                DistanceProduct.writeQuery(
                    UnsafePointer(queries.row(row)), norm: norms[row], dimension: dimension,
                    into: factors.row(row))
            }
        } else {
            factors = queries
        }
        scores = MutableMatrixView(
            base: .allocate(capacity: users.rows * plan.itemBlock), rows: users.rows,
            columns: plan.itemBlock, stride: plan.itemBlock)
        keys = .allocate(capacity: max(1, users.rows * plan.capacity))
        buffers = []
        for row in 0..<users.rows {
            buffers.append(
                CandidateBuffer(
                    keys: keys + row * plan.capacity, capacity: plan.capacity, k: plan.k,
                    scorer: PairScorer(
                        similarity: index.similarity, query: UnsafePointer(queries.row(row)),
                        dimension: dimension, source: .rows(items)),
                    tolerance: Self.errorBound(
                        dimension: factors.columns,
                        magnitude: index.similarity.magnitude(norms[row], index.largestNorm))))
        }
        self.index = index
        self.firstUser = firstUser
        self.items = items
        self.plan = plan
    }

    // A typed throw in init keeps deinit from being an option for what init may not have made.
    mutating func deallocate() {
        buffers = []
        if index.similarity == .l2 { factors.base.deallocate() }
        queries.base.deallocate()
        scores.base.deallocate()
        keys.deallocate()
    }

    /// How far a single-precision inner product of any summation order can be from the score.
    ///
    /// γ_D ‖u‖ ‖v‖ with γ_D = D ε / (1 − D ε), by Cauchy–Schwarz from Higham, "Accuracy and Stability
    /// of Numerical Algorithms", 2002, §3.1; one ε more for rounding the score, one to spare, two for
    /// the squared norms of a distance; and half the smallest number for each product that
    /// underflows.
    ///
    /// - Parameter magnitude: What Σ |uᵢ vᵢ| does not exceed.
    static func errorBound(dimension: Int, magnitude: Double) -> Double {
        let share = Double(dimension + 4) * 0x1p-24
        precondition(share < 0.5, "embeddings of \(dimension) values")
        return share / (1 - share) * magnitude
            + Double(dimension + 2) * Double(Float.leastNonzeroMagnitude)
    }

    mutating func search(excluding excluded: IndexLists?) -> RankedLists {
        if plan.k == 0 {
            return RankedLists(
                items: IndexLists(
                    [[UInt32]](repeating: [], count: queries.rows / plan.interests)), scores: [])
        }
        // Where the excluded items of each embedding have got to.
        var cursors = excluded.map { excluded in
            (0..<queries.rows).map { excluded.offsets[user(ofRow: $0)] }
        }
        for start in stride(from: 0, to: items.rows, by: plan.itemBlock) {
            let range = start..<min(start + plan.itemBlock, items.rows)
            let block = scores.columns(0..<range.count)
            BLAS.multiply(
                factors.readOnly, items.rows(range), transposing: .second, into: block)
            if let excluded { erase(excluded, from: block, range: range, cursors: &cursors!) }
            for row in 0..<block.rows {
                buffers[row].add(
                    UnsafePointer(block.row(row)), count: range.count, firstIndex: UInt32(start))
            }
        }
        return finish()
    }

    private func user(ofRow row: Int) -> Int { firstUser + row / plan.interests }

    /// Gives −∞, which no threshold lets through, to the excluded items of a block.
    private func erase(
        _ excluded: IndexLists, from block: MutableMatrixView, range: Range<Int>,
        cursors: inout [Int]
    ) {
        for row in 0..<block.rows {
            let end = excluded.offsets[user(ofRow: row) + 1]
            while cursors[row] < end {
                let item = Int(excluded.values[cursors[row]])
                let position = index.positions.map { $0[item] } ?? UInt32(item)
                if position != ExactIndex.noPosition {
                    // Candidates ascend with items: the rest belongs to later blocks.
                    if Int(position) >= range.upperBound { break }
                    block.row(row)[Int(position) - range.lowerBound] = -.infinity
                }
                cursors[row] += 1
            }
        }
    }

    private mutating func finish() -> RankedLists {
        var offsets = [0]
        var found: [UInt32] = []
        var values: [Float] = []
        let userCount = buffers.count / plan.interests
        offsets.reserveCapacity(userCount + 1)
        found.reserveCapacity(userCount * plan.k)
        values.reserveCapacity(userCount * plan.k)
        func append(_ keys: some Sequence<UInt64>) {
            for key in keys {
                found.append(index.itemIndex(of: Int(RankingKey.index(of: key))))
                values.append(RankingKey.score(of: key))
            }
            offsets.append(found.count)
        }
        for first in stride(from: 0, to: buffers.count, by: plan.interests) {
            if plan.interests == 1 {
                append(buffers[first].finish())
            } else {
                var keys: [UInt64] = []
                for row in first..<first + plan.interests { keys += buffers[row].finish() }
                append(Interests.best(plan.k, of: keys))
            }
        }
        return RankedLists(
            items: IndexLists(offsets: offsets, values: found), scores: values)
    }
}
