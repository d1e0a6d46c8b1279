import CKernels
import LinearAlgebra

/// The lists of an inverted file of product-quantised codes, as a scan needs them beside the codes
/// themselves: a number an item for distances, nothing else.
///
/// With r = x − c, a distance has the terms −2 c·r − ‖r‖², which depend on the item alone: its addend,
/// as in `CopiedLists`.
// Sendable because the memory is written in init alone.
final class PackedLists: @unchecked Sendable {
    let book: ScanCodebook
    /// What the norm of an item does not exceed.
    let largestNorm: Double
    /// Where the addends of each list begin.
    private let offsets: [Int]
    private let addends: UnsafeMutablePointer<Float>?

    init(
        _ file: InvertedFile, quantiser: ProductQuantiser, largestCentroidNorm: Double,
        threadCount: Int
    ) {
        book = ScanCodebook(quantiser)
        largestNorm = largestCentroidNorm + quantiser.largestNorm
        let group = ScanKernels.groupSize
        let offsets = (0..<file.lists.count).reduce(into: [0]) { offsets, list in
            offsets.append(offsets[list] + (file.lists[list].count + group - 1) / group * group)
        }
        self.offsets = offsets
        guard file.parameters.similarity == .l2 else {
            addends = nil
            return
        }
        // Every list writes its own places.
        nonisolated(unsafe) let addends = UnsafeMutablePointer<Float>
            .allocate(capacity: max(1, offsets[file.lists.count]))
        addends.initialize(repeating: -.infinity, count: max(1, offsets[file.lists.count]))
        self.addends = addends
        parallelChunks(of: file.lists.count, chunkSize: 16, threadCount: threadCount) { _, lists in
            for list in lists {
                let entries = Array(file.lists.offsets[list]..<file.lists.offsets[list + 1])
                Self.write(
                    file.decoded(entries: entries), centroid: file.centroids[row: list],
                    into: addends + offsets[list])
            }
        }
    }

    deinit { addends?.deallocate() }

    /// The addends of some items of a list, minus infinity after its last; nil where all are zero.
    func addends(ofList list: Int, from item: Int) -> UnsafePointer<Float>? {
        addends.map { UnsafePointer($0 + offsets[list] + item) }
    }

    private static func write(
        _ vectors: Matrix, centroid: ArraySlice<Float>, into addends: UnsafeMutablePointer<Float>
    ) {
        vectors.withView { vectors in
            centroid.withUnsafeBufferPointer { centroid in
                for row in 0..<vectors.rows {
                    let values = vectors.row(row)
                    var addend = 0.0
                    for column in 0..<vectors.columns {
                        let mean = Double(centroid[column])
                        let residual = Double(values[column]) - mean
                        addend -= residual * (residual + 2 * mean)
                    }
                    addends[row] = Float(addend)
                }
            }
        }
    }
}
