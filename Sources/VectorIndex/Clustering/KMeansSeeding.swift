import LinearAlgebra

/// The first centroids: vectors drawn with probability proportional to their squared distance to those
/// drawn before.
///
/// k-means++ (Arthur, Vassilvitskii 2007) draws one at a time; as in k-means‖ (Bahmani et al. 2012),
/// many are drawn at once where there are many already, one for 32 of them, so that distances are
/// updated by matrix products.
struct KMeansSeeding {
    private let points: MatrixView
    private let threadCount: Int
    /// ‖x‖².
    private let squares: [Double]

    init(points: MatrixView, threadCount: Int) {
        self.points = points
        self.threadCount = threadCount
        squares = (0..<points.rows).map { row in
            let norm = RowNorms.norm(points, row: row)
            return norm * norm
        }
    }

    /// Draws up to `count` distinct vectors; fewer when no vector is left at a distance.
    func draw(_ count: Int, using generator: inout SeededGenerator) -> Matrix {
        var chosen = [generator.index(below: points.rows)]
        var distances = [Double](repeating: .infinity, count: points.rows)
        var fresh = chosen
        while true {
            lower(&distances, by: rows(fresh))
            for row in chosen { distances[row] = 0 }
            let share = max(1, chosen.count / 32)
            fresh = draw(
                min(share, count - chosen.count), weights: distances, using: &generator)
            if fresh.isEmpty { return rows(chosen) }
            chosen += fresh
        }
    }

    private func rows(_ rows: [Int]) -> Matrix {
        Matrix(rows: rows.count, columns: points.columns) { result in
            for (position, row) in rows.enumerated() {
                result.row(position).update(from: points.row(row), count: points.columns)
            }
        }
    }

    private func lower(_ distances: inout [Double], by centroids: Matrix) {
        let nearest = NearestCentroids(centroids: centroids, threadCount: threadCount)
        let affinities = nearest.assign(points).affinities
        for row in distances.indices {
            let distance = squares[row] - 2 * Double(affinities[row])
            // What single precision cannot tell from 0 is a copy.
            let isCopy = distance <= squares[row] * 0x1p-20
            distances[row] = min(distances[row], isCopy ? 0 : distance)
        }
    }

    /// Up to `count` different rows, each drawn in proportion to its weight.
    private func draw(
        _ count: Int, weights: [Double], using generator: inout SeededGenerator
    ) -> [Int] {
        var sums = [0.0]
        sums.reserveCapacity(weights.count + 1)
        for weight in weights { sums.append(sums[sums.count - 1] + weight) }
        let total = sums[weights.count]
        guard count > 0, total > 0 else { return [] }
        var drawn: [Int] = []
        for _ in 0..<count {
            let at = Double(generator.next() >> 11) * 0x1p-53 * total
            // The last row whose sum of earlier weights is at most `at`.
            var (low, high) = (0, weights.count)
            while high - low > 1 {
                let middle = (low + high) / 2
                if sums[middle] <= at { low = middle } else { high = middle }
            }
            if weights[low] > 0 { drawn.append(low) }
        }
        return Set(drawn).sorted()
    }
}
