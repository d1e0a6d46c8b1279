import LinearAlgebra

/// The nearest centroid of each of many vectors.
///
/// The nearest by ‖x − c‖² is the one of the largest x·c − ‖c‖² / 2, which a matrix product gives
/// for a block of vectors at a time. Ties, and what the product's rounding makes one, go to the
/// smallest index.
struct NearestCentroids {
    private let centroids: Matrix
    /// −‖c‖² / 2.
    private let addends: [Float]
    private let threadCount: Int

    // Fixed: the bits of a product may depend on its shape, which must not depend on threads.
    private static let vectorBlock = 256
    private static let centroidBlock = 1024

    init(centroids: Matrix, threadCount: Int) {
        self.centroids = centroids
        self.threadCount = threadCount
        addends = centroids.withView { view in
            (0..<view.rows).map { row in
                let norm = RowNorms.norm(view, row: row)
                return Float(-norm * norm / 2)
            }
        }
    }

    /// The nearest centroid of every vector, and −‖x − c‖² / 2 + ‖x‖² / 2 for it.
    ///
    /// - Parameter vectors: Shape `[N, D]`.
    /// - Complexity: O(`N` × `K` × `D`).
    func assign(_ vectors: MatrixView) -> (indexes: [UInt32], affinities: [Float]) {
        var affinities = [Float](repeating: -.infinity, count: vectors.rows)
        var indexes = [UInt32](repeating: 0, count: vectors.rows)
        affinities.withUnsafeMutableBufferPointer { affinities in
            indexes.withUnsafeMutableBufferPointer { indexes in
                // The rows of a chunk are its own.
                nonisolated(unsafe) let (affinities, indexes) = (affinities, indexes)
                parallelChunks(
                    of: vectors.rows, chunkSize: Self.vectorBlock, threadCount: threadCount
                ) { _, range in
                    assign(
                        vectors.rows(range), indexes: indexes.baseAddress! + range.lowerBound,
                        affinities: affinities.baseAddress! + range.lowerBound)
                }
            }
        }
        return (indexes, affinities)
    }

    private func assign(
        _ vectors: MatrixView, indexes: UnsafeMutablePointer<UInt32>,
        affinities: UnsafeMutablePointer<Float>
    ) {
        let kernels = TopKKernels.best
        let width = min(Self.centroidBlock, centroids.rows)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: vectors.rows * width) { scores in
            let scores = MutableMatrixView(
                base: scores.baseAddress!, rows: vectors.rows, columns: width, stride: width)
            centroids.withView { centroids in
                for start in stride(from: 0, to: centroids.rows, by: width) {
                    let range = start..<min(start + width, centroids.rows)
                    let block = scores.columns(0..<range.count)
                    BLAS.multiply(
                        vectors, centroids.rows(range), transposing: .second, into: block)
                    addends.withUnsafeBufferPointer { addends in
                        for row in 0..<vectors.rows {
                            let (position, sum) = kernels.largestSum(
                                UnsafePointer(block.row(row)), addends.baseAddress! + start,
                                count: range.count)
                            if sum > affinities[row] {
                                affinities[row] = sum
                                indexes[row] = UInt32(start) + position
                            }
                        }
                    }
                }
            }
        }
    }
}
