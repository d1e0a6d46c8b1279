import CKernels
import LinearAlgebra

/// The lists of an inverted file copied into the layout of `ScanKernels`: residuals to the centroids in
/// eight bits.
///
/// With r = x − c, a score is q·c + q·r for an inner product, and −‖q − c‖² + 2 q·r − 2 c·r − ‖r‖²
/// for a distance. The first term is the score of the list, which finding it has given already; the
/// last two are a constant of the item, the addend. What is left is an inner product with the same
/// vector in every list.
// Sendable because the memory is written in init alone.
final class CopiedLists: @unchecked Sendable {
    /// The groups of each list.
    let offsets: [Int]
    /// What bounds the error of scores.
    struct Extremes {
        /// The largest distance of a residual from the exact one.
        var error = 0.0
        /// The largest norm of a residual in eight bits.
        var norm = 0.0
        /// The largest addend, without its sign.
        var addend = 0.0
        /// What the norm of a residual does not exceed.
        var residual: Double { norm + error }

        func union(_ other: Extremes) -> Extremes {
            Extremes(
                error: max(error, other.error), norm: max(norm, other.norm),
                addend: max(addend, other.addend))
        }
    }

    /// The extremes of each list.
    let extremes: [Extremes]
    /// The extremes of all lists.
    let largest: Extremes
    private let codes: UnsafeMutableRawBufferPointer
    private let scales: UnsafeMutablePointer<Float>
    private let addends: UnsafeMutablePointer<Float>
    private let indexes: UnsafeMutablePointer<UInt32>
    private let steps: Int

    init(_ file: InvertedFile, threadCount: Int) {
        let group = ScanKernels.groupSize
        let offsets = (0..<file.lists.count).reduce(into: [0]) { offsets, list in
            offsets.append(offsets[list] + (file.lists[list].count + group - 1) / group)
        }
        let places = offsets[file.lists.count] * group
        steps = ScanCodes.steps(dimension: file.dimension)
        codes = .zeros(byteCount: max(1, places * steps * ScanKernels.step))
        scales = .zeros(places)
        addends = .zeros(places)
        indexes = .allocate(capacity: max(places, 1))
        indexes.initialize(repeating: 0, count: max(places, 1))
        self.offsets = offsets
        let packer = ListPacker(
            file: file, steps: steps, codes: codes.baseAddress!, scales: scales,
            addends: addends, indexes: indexes)
        extremes = parallelMap(
            of: file.lists.count, chunkSize: 16, threadCount: threadCount
        ) { _, lists in
            lists.map { packer.pack($0, firstGroup: offsets[$0]) }
        }.flatMap { $0 }
        largest = extremes.reduce(Extremes()) { $0.union($1) }
    }

    deinit {
        codes.deallocate()
        scales.deallocate()
        addends.deallocate()
        indexes.deallocate()
    }

    /// All lists, one after the other; a list has the groups `offsets[list] ..< offsets[list + 1]`.
    var layout: vitrine_scan_list {
        vitrine_scan_list(
            codes: codes.baseAddress!.assumingMemoryBound(to: UInt8.self), scales: scales,
            addends: addends, indexes: indexes, steps: steps)
    }
}

/// Writes lists in the layout of `ScanKernels`.
// Sendable because every list has its own places.
private struct ListPacker: @unchecked Sendable {
    let file: InvertedFile
    let steps: Int
    let codes: UnsafeMutableRawPointer
    let scales: UnsafeMutablePointer<Float>
    let addends: UnsafeMutablePointer<Float>
    let indexes: UnsafeMutablePointer<UInt32>

    /// Packs one list and returns the largest error and norm of its residuals, and addend.
    func pack(_ list: Int, firstGroup: Int) -> CopiedLists.Extremes {
        let dimension = file.dimension
        let slots = file.lists.offsets[list]..<file.lists.offsets[list + 1]
        var extremes = CopiedLists.Extremes()
        if slots.isEmpty { return extremes }
        let vectors = file.decoded(entries: Array(slots))
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, dimension)) { residual in
            withUnsafeTemporaryAllocation(of: Int8.self, capacity: max(1, dimension)) { values in
                let (residual, values) = (residual.baseAddress!, values.baseAddress!)
                vectors.withView { vectors in
                    file.centroids.withView { centroids in
                        let centroid = centroids.row(list)
                        for slot in slots {
                            let vector = vectors.row(slot - slots.lowerBound)
                            for column in 0..<dimension {
                                residual[column] = vector[column] - centroid[column]
                            }
                            let scale = EightBits.encode(residual, count: dimension, into: values)
                            let place = firstGroup * ScanKernels.groupSize + slot - slots.lowerBound
                            write(values, scale: scale, place: place)
                            indexes[place] = file.lists.values[slot]
                            var (error, norm, addend) = (0.0, 0.0, 0.0)
                            for column in 0..<dimension {
                                let exact = Double(vector[column]) - Double(centroid[column])
                                let kept = Double(scale) * Double(values[column])
                                error += (exact - kept) * (exact - kept)
                                norm += kept * kept
                                addend -= exact * (exact + 2 * Double(centroid[column]))
                            }
                            if file.parameters.similarity != .l2 { addend = 0 }
                            addends[place] = Float(addend)
                            extremes = extremes.union(
                                CopiedLists.Extremes(
                                    error: error.squareRoot(), norm: norm.squareRoot(),
                                    addend: abs(addend)))
                        }
                    }
                }
            }
        }
        let end = (slots.count + ScanKernels.groupSize - 1) / ScanKernels.groupSize
        for place in slots.count..<end * ScanKernels.groupSize {
            addends[firstGroup * ScanKernels.groupSize + place] = -.infinity
        }
        return extremes
    }

    private func write(_ values: UnsafePointer<Int8>, scale: Float, place: Int) {
        let (group, item) = place.quotientAndRemainder(dividingBy: ScanKernels.groupSize)
        scales[place] = scale
        for step in 0..<steps {
            let target =
                codes + ((group * steps + step) * ScanKernels.groupSize + item) * ScanKernels.step
            for position in 0..<ScanKernels.step {
                let column = step * ScanKernels.step + position
                let value = column < file.dimension ? Int(values[column]) : 0
                target.storeBytes(of: UInt8(value + 128), toByteOffset: position, as: UInt8.self)
            }
        }
    }
}
