import Foundation
import LinearAlgebra
import VectorIndex

/// Puts items into the lists of an inverted file, and says what they were learned from.
struct ItemIndexer {
    let settings: IndexSettings
    let seed: Int
    let threadCount: Int

    /// An index and where its centroids come from.
    struct Built {
        var file: InvertedFile
        /// The index whose centroids it goes on with.
        var parentIndexID: Int64?
        var reason: String
        var distortion: Double
        var trainedDistortion: Double
        var trainedItemCount: Int
    }

    /// An index that another one may go on from.
    struct Parent {
        var record: IndexStore.Prior
        /// Shape `[L, D]`.
        var centroids: Matrix
        /// What its codes stand for, where they are product-quantised.
        var quantiser: ProductQuantiser?
        /// The list of every item.
        var lists: [Int64: Int32]
    }

    /// Parameters for so many items; nil where there are too few for lists.
    func parameters(itemCount: Int) -> InvertedFileParameters? {
        settings.parameters(forItems: itemCount, seed: seed)
    }

    /// One list of all items: what a search of an exact index goes through.
    func exact(_ items: Matrix) throws -> Built {
        let hasItems = items.rows > 0
        let centroids = Matrix(rows: hasItems ? 1 : 0, columns: items.columns)
        let file = try Self.empty(InvertedFileParameters(listCount: 1), centroids: centroids)
        return Built(
            file: hasItems ? try file.adding(rows: items, threadCount: threadCount) : file,
            parentIndexID: nil,
            reason: "\(items.rows) items are too few for lists of \(settings.minimumListLength)",
            distortion: 0, trainedDistortion: 0, trainedItemCount: items.rows)
    }

    /// Learns centroids from the items.
    func trained(
        _ items: Matrix, _ parameters: InvertedFileParameters, reason: String
    ) throws -> Built {
        let file = try InvertedFileBuilder(parameters, threadCount: threadCount).build(items: items)
        let distortion = file.distortion(of: items)
        return Built(
            file: file, parentIndexID: nil, reason: reason, distortion: distortion,
            trainedDistortion: distortion, trainedItemCount: items.rows)
    }

    /// Puts the items into the lists of an earlier index; nil where it was built with other parameters.
    func following(
        _ parent: Parent, _ items: Matrix, _ parameters: InvertedFileParameters
    ) throws -> Built? {
        var parameters = parameters
        // An automatic number of lists follows the catalogue: how much that may grow is another limit.
        if settings.listCount == 0, let before = parent.record.parameters?.listCount {
            parameters.listCount = before
        }
        guard parent.record.parameters == parameters, parent.centroids.columns == items.columns
        else { return nil }
        let file = try Self.empty(
            parameters, centroids: parent.centroids, quantiser: parent.quantiser
        )
        .adding(rows: items, threadCount: threadCount)
        return Built(
            file: file, parentIndexID: parent.record.indexID,
            reason: "goes on with the lists of index \(parent.record.indexID)",
            distortion: file.distortion(of: items),
            trainedDistortion: parent.record.trainedDistortion,
            trainedItemCount: parent.record.trainedItemCount)
    }

    /// Why an index that goes on with earlier lists has to be trained anew; nil where it need not.
    func staleness(of built: Built, changes: ListChanges) -> String? {
        let itemCount = Double(max(built.file.entryCount, 1))
        let growth = itemCount / Double(max(built.trainedItemCount, 1))
        let checks: [(name: String, value: Double, limit: Double)] = [
            (
                "share of items that moved", Double(changes.moved) / itemCount,
                settings.largestMovedShare
            ),
            ("imbalance of lists", built.file.imbalance, settings.largestImbalance),
            (
                "growth of the quantisation error",
                built.trainedDistortion > 0 ? built.distortion / built.trainedDistortion : 1,
                settings.largestErrorGrowth
            ),
            ("growth of the catalogue", max(growth, 1 / growth), settings.largestItemGrowth),
        ]
        return checks.first { $0.value > $0.limit }.map {
            "\($0.name) \(String(format: "%.3f", $0.value)) is above \($0.limit)"
        }
    }

    private static func empty(
        _ parameters: InvertedFileParameters, centroids: Matrix, quantiser: ProductQuantiser? = nil
    ) throws -> InvertedFile {
        try InvertedFile(
            parameters: parameters, itemCount: 0, centroids: centroids,
            lists: IndexLists([[UInt32]](repeating: [], count: centroids.rows)),
            quantiser: quantiser, codes: [])
    }
}

extension InvertedFile {
    /// The same file with a vector for each of the items 0, 1, …
    fileprivate func adding(rows vectors: Matrix, threadCount: Int) throws -> InvertedFile {
        try adding(
            items: Array(0..<UInt32(vectors.rows)), vectors: vectors, threadCount: threadCount)
    }
}
