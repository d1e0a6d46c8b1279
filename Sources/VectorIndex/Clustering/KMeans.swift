import Foundation
import LinearAlgebra

/// k-means clustering: Lloyd's iterations or mini-batches, Euclidean or spherical.
///
/// ```swift
/// let clustering = try KMeans(KMeansParameters(clusterCount: 1000)).cluster(items)
/// ```
///
/// The result depends on vectors and parameters, not on the number of threads.
public struct KMeans: Sendable {
    /// How to cluster.
    public let parameters: KMeansParameters
    /// Threads at work.
    public let threadCount: Int

    public init(
        _ parameters: KMeansParameters,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        precondition(threadCount > 0, "thread count \(threadCount) is not positive")
        self.parameters = parameters
        self.threadCount = threadCount
    }

    /// Clusters vectors.
    ///
    /// - Parameter vectors: Shape `[N, D]`.
    /// - Returns: `clusterCount` centroids, or one for each distinct vector of the sample where those
    ///   are fewer; none of no vectors. More where `largestImbalance` asks for it.
    /// - Throws: `VectorIndexError` when a vector is not finite or too large.
    /// - Complexity: O(n × `K` × `D`) an iteration, for a sample of n.
    public func cluster(_ vectors: Matrix) throws -> Clustering {
        _ = try vectors.withView { try RowNorms.checked($0, kind: "item") }
        return cluster(checked: vectors)
    }

    func cluster(checked vectors: Matrix) -> Clustering {
        if vectors.rows == 0 {
            return Clustering(centroids: Matrix(rows: 0, columns: vectors.columns), objectives: [])
        }
        var generator = SeededGenerator(seed: parameters.seed, stream: 0)
        let limit = parameters.sampleSizePerCluster * parameters.clusterCount
        let points =
            limit > 0 && limit < vectors.rows
            ? Self.sample(limit, of: vectors, using: &generator) : vectors
        // A sixteenth of a usual sample is enough to seed from.
        let seedingLimit = 16 * parameters.clusterCount
        var centroids = Self.sample(min(seedingLimit, points.rows), of: points, using: &generator)
            .withView {
                KMeansSeeding(points: $0, threadCount: threadCount)
                    .draw(parameters.clusterCount, using: &generator)
            }
        let objectives =
            parameters.batchSize > 0 && parameters.batchSize < points.rows
            ? descendInBatches(&centroids, points, using: &generator)
            : descend(&centroids, points)
        if parameters.largestImbalance > 0 { splitOversized(&centroids, points) }
        return Clustering(centroids: centroids, objectives: objectives)
    }

    /// Some rows in their order, without repetition (Knuth, TAOCP vol. 2, §3.4.2, algorithm S).
    static func sample(
        _ count: Int, of vectors: Matrix, using generator: inout SeededGenerator
    ) -> Matrix {
        if count >= vectors.rows { return vectors }
        return Matrix(rows: count, columns: vectors.columns) { result in
            vectors.withView { view in
                var taken = 0
                for row in 0..<view.rows where taken < count {
                    if generator.index(below: view.rows - row) < count - taken {
                        result.row(taken).update(from: view.row(row), count: view.columns)
                        taken += 1
                    }
                }
            }
        }
    }

    /// Assigns and updates in turn until nothing moves; the objective never rises.
    private func descend(_ centroids: inout Matrix, _ points: Matrix) -> [Double] {
        let squares = meanSquare(points)
        var objectives: [Double] = []
        var previous: [UInt32] = []
        for _ in 0..<parameters.iterations {
            let (indexes, affinities) = assign(points, to: centroids)
            objectives.append(squares - 2 * mean(affinities))
            if indexes == previous { break }
            update(&centroids, points, indexes: indexes, affinities: affinities)
            previous = indexes
        }
        return objectives
    }

    /// Moves each centroid towards the vectors of a batch that are nearest to it, by one over the
    /// number of vectors it has met (Sculley, "Web-scale k-means clustering", WWW 2010).
    private func descendInBatches(
        _ centroids: inout Matrix, _ points: Matrix, using generator: inout SeededGenerator
    ) -> [Double] {
        var objectives: [Double] = []
        var met = [Int](repeating: 0, count: centroids.rows)
        for _ in 0..<parameters.iterations {
            let batch = Matrix(rows: parameters.batchSize, columns: points.columns) { result in
                points.withView { view in
                    for row in 0..<result.rows {
                        result.row(row).update(
                            from: view.row(generator.index(below: view.rows)), count: view.columns)
                    }
                }
            }
            let (indexes, affinities) = assign(batch, to: centroids)
            objectives.append(meanSquare(batch) - 2 * mean(affinities))
            centroids.withMutableView { centroids in
                batch.withView { batch in
                    for row in 0..<batch.rows {
                        let cluster = Int(indexes[row])
                        met[cluster] += 1
                        let (centroid, values) = (centroids.row(cluster), batch.row(row))
                        let rate = 1 / Float(met[cluster])
                        for column in 0..<batch.columns {
                            centroid[column] += rate * (values[column] - centroid[column])
                        }
                    }
                    if parameters.isSpherical { normalise(centroids) }
                }
            }
        }
        return objectives
    }

    func assign(
        _ points: Matrix, to centroids: Matrix
    ) -> (indexes: [UInt32], affinities: [Float]) {
        points.withView {
            NearestCentroids(centroids: centroids, threadCount: threadCount).assign($0)
        }
    }

    /// Moves each centroid to the mean of its vectors, and those without to vectors of the largest
    /// clusters that are farthest from theirs.
    func update(
        _ centroids: inout Matrix, _ points: Matrix, indexes: [UInt32], affinities: [Float]
    ) {
        let offsets = Array(0...points.rows)
        let members = IndexLists(offsets: offsets, values: indexes)
            .transposed(columnCount: centroids.rows)
        centroids.withMutableView { centroids in
            points.withView { points in
                parallelChunks(of: centroids.rows, chunkSize: 16, threadCount: threadCount) {
                    _, clusters in
                    for cluster in clusters where !members[cluster].isEmpty {
                        Self.writeMean(
                            of: points, rows: members[cluster], to: centroids.row(cluster))
                    }
                }
                fillEmpty(centroids, points, members: members, affinities: affinities)
            }
            if parameters.isSpherical { normalise(centroids) }
        }
    }

    private static func writeMean(
        of points: MatrixView, rows: ArraySlice<UInt32>, to centroid: UnsafeMutablePointer<Float>
    ) {
        let width = points.columns
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(width, 1)) { sums in
            sums.initialize(repeating: 0)
            for row in rows {
                let values = points.row(Int(row))
                for column in 0..<width { sums[column] += Double(values[column]) }
            }
            for column in 0..<width { centroid[column] = Float(sums[column] / Double(rows.count)) }
        }
    }

    private func fillEmpty(
        _ centroids: MutableMatrixView, _ points: MatrixView, members: IndexLists,
        affinities: [Float]
    ) {
        let empty = (0..<members.count).filter { members[$0].isEmpty }
        guard !empty.isEmpty else { return }
        let largest = (0..<members.count).sorted {
            (members[$0].count, $1) > (members[$1].count, $0)
        }
        for (cluster, donor) in zip(empty, largest) where members[donor].count > 1 {
            func distance(_ row: UInt32) -> Double {
                let norm = RowNorms.norm(points, row: Int(row))
                return norm * norm - 2 * Double(affinities[Int(row)])
            }
            let farthest = members[donor].max { distance($0) < distance($1) }!
            centroids.row(cluster).update(
                from: points.row(Int(farthest)), count: points.columns)
        }
    }

    private func normalise(_ centroids: MutableMatrixView) {
        for row in 0..<centroids.rows {
            RowNorms.normalise(
                centroids, row: row, norm: RowNorms.norm(centroids.readOnly, row: row))
        }
    }

    private func meanSquare(_ points: Matrix) -> Double {
        points.withView { view in
            (0..<view.rows).reduce(0.0) { sum, row in
                let norm = RowNorms.norm(view, row: row)
                return sum + norm * norm
            } / Double(view.rows)
        }
    }

    private func mean(_ values: [Float]) -> Double {
        values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    }
}
