import LinearAlgebra

extension KMeans {
    /// Splits clusters that exceed `largestImbalance` times the mean in two until none does, or as
    /// many were added as there had been.
    func splitOversized(_ centroids: inout Matrix, _ points: Matrix) {
        let limit = 2 * centroids.rows
        while centroids.rows < limit {
            let (indexes, _) = assign(points, to: centroids)
            let members = IndexLists(offsets: Array(0...points.rows), values: indexes)
                .transposed(columnCount: centroids.rows)
            let bound = parameters.largestImbalance * Double(points.rows) / Double(centroids.rows)
            var added: [Float] = []
            for cluster in 0..<centroids.rows
            where Double(members[cluster].count) > bound
                && centroids.rows + added.count / points.columns < limit
            {
                let halves = halve(points, rows: members[cluster])
                // Copies of one vector cannot be told apart.
                guard halves.rows == 2 else { continue }
                for column in 0..<points.columns { centroids[cluster, column] = halves[0, column] }
                added += halves[row: 1]
            }
            if added.isEmpty { return }
            centroids = Matrix(
                rows: centroids.rows + added.count / points.columns, columns: points.columns,
                elements: centroids.elements + added)
        }
    }

    private func halve(_ points: Matrix, rows: ArraySlice<UInt32>) -> Matrix {
        let members = Matrix(
            rows: rows.count, columns: points.columns,
            elements: rows.flatMap { points[row: Int($0)] })
        let parameters = KMeansParameters(
            clusterCount: 2, isSpherical: parameters.isSpherical,
            iterations: parameters.iterations, sampleSizePerCluster: 0, seed: parameters.seed)
        return KMeans(parameters, threadCount: threadCount).cluster(checked: members).centroids
    }
}
