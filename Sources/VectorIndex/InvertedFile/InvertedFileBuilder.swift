import Foundation
import LinearAlgebra

/// Makes an `InvertedFile` from item embeddings.
///
/// ```swift
/// let file = try InvertedFileBuilder(InvertedFileParameters()).build(items: embeddings)
/// let searcher = try InvertedFileSearcher(file)
/// let lists = try searcher.search(users, k: 100, settings: InvertedFileSearchSettings(probes: 16))
/// ```
///
/// The file depends on items and parameters, not on the number of threads.
public struct InvertedFileBuilder: Sendable {
    /// How to build.
    public let parameters: InvertedFileParameters
    /// Threads at work.
    public let threadCount: Int

    public init(
        _ parameters: InvertedFileParameters,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        precondition(threadCount > 0, "thread count \(threadCount) is not positive")
        self.parameters = parameters
        self.threadCount = threadCount
    }

    /// An inverted file of all items, which are known by their row.
    ///
    /// - Parameter items: Item embeddings, shape `[N, D]`, below 2³² rows.
    /// - Throws: `VectorIndexError` when an embedding is not finite or too large, or the parameters
    ///   contradict themselves.
    /// - Complexity: O(`N` × `L` × `D`).
    public func build(items: Matrix) throws -> InvertedFile {
        try parameters.check()
        precondition(items.rows < Int(UInt32.max), "\(items.rows) items for 32-bit indexes")
        let vectors = try ListEntries.prepared(items, similarity: parameters.similarity)
        let listCount =
            parameters.listCount > 0
            ? parameters.listCount
            : InvertedFileParameters.automaticListCount(itemCount: items.rows)
        let clustering = KMeans(
            KMeansParameters(
                clusterCount: listCount, isSpherical: parameters.similarity == .cosine,
                iterations: parameters.iterations,
                sampleSizePerCluster: parameters.sampleSizePerList,
                batchSize: parameters.batchSize, largestImbalance: parameters.largestImbalance,
                seed: parameters.seed),
            threadCount: threadCount
        ).cluster(checked: vectors)
        let quantiser =
            parameters.code == .productQuantised
            ? quantiser(of: vectors, centroids: clustering.centroids) : nil
        let entries = ListEntries(
            of: vectors, items: (0..<UInt32(items.rows)).map { $0 },
            centroids: clustering.centroids,
            coder: VectorCoder(
                parameters.code, dimension: items.columns, quantiser: quantiser),
            threadCount: threadCount)
        return try InvertedFile(
            parameters: parameters, itemCount: items.rows, centroids: clustering.centroids,
            lists: entries.lists, quantiser: quantiser, codes: entries.codes)
    }

    /// A quantiser of the residuals of a sample.
    private func quantiser(of vectors: Matrix, centroids: Matrix) -> ProductQuantiser {
        var generator = SeededGenerator(seed: parameters.seed, stream: 1)
        let sample = KMeans.sample(
            Self.residualsPerCentroid << parameters.partBits, of: vectors, using: &generator)
        let nearest = sample.withView {
            NearestCentroids(centroids: centroids, threadCount: threadCount).assign($0).indexes
        }
        let residuals = Matrix(rows: sample.rows, columns: sample.columns) { result in
            for row in 0..<sample.rows {
                let (values, centroid) = (sample[row: row], centroids[row: Int(nearest[row])])
                for (column, (value, mean)) in zip(values, centroid).enumerated() {
                    result.row(row)[column] = value - mean
                }
            }
        }
        return ProductQuantiserTrainer(
            partCount: parameters.partCount(dimension: vectors.columns),
            bits: parameters.partBits, learnsRotation: parameters.learnsRotation,
            seed: parameters.seed, threadCount: threadCount
        ).train(residuals)
    }

    private static let residualsPerCentroid = 128
}
