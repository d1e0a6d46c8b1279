import LinearAlgebra

/// The positives of the last batches with the embeddings that they had (cross-batch memory: Wang et
/// al., CVPR 2020): candidates that cost a matrix product and no tower.
///
/// An embedding that is some batches old is close to what it would be now, once the first batches are
/// over; so the queue fills from the start and is used after `start` batches. Whole batches leave it,
/// the oldest first, when room is needed or they are stale. Of an item that stands more than once the
/// newest embedding counts; it is read and gets no gradient.
///
/// Where item features change from day to day, an embedding is that of its day: it is a candidate
/// for batches of the same day alone.
///
/// Its log-Q: an item is in the queue if one of the R rows of the batches of that day had it. A row
/// is an example of the day, so with the share q that the item has among them, K = 1 − (1 − q)^R.
struct NegativeQueue: Sendable {
    /// What the queue holds of one batch.
    struct Batch: Sendable, Equatable, Codable {
        /// Batches trained, this one among them.
        let step: Int
        /// The day whose item features its embeddings have.
        let day: Int32
        let rowCount: Int
        let entryCount: Int
    }

    let start: Int
    let width: Int
    private let staleness: Int
    private let dimension: Int
    private(set) var batches: [Batch] = []
    /// The item of each slot.
    private(set) var items: [Int32]
    /// The embedding of each slot, shape `[slots, width]`.
    private(set) var embeddings: [Float]
    /// 1 / length of the embedding of each slot, without its bias.
    private(set) var inverseLengths: [Float]
    // Entries lie in a ring, those of a batch one after the other.
    private var first = 0
    private var used = 0

    /// - Parameters:
    ///   - length: Entries at most; no batch may have more different positives.
    ///   - staleness: Batches after which an entry is dropped.
    ///   - start: Batches before the first that sees the queue.
    ///   - dimension: Length of an embedding without its bias.
    ///   - width: Length with it.
    init(length: Int, staleness: Int, start: Int, dimension: Int, width: Int) {
        self.staleness = staleness
        self.start = start
        self.dimension = dimension
        self.width = width
        items = [Int32](repeating: 0, count: length)
        embeddings = [Float](repeating: 0, count: length * width)
        inverseLengths = [Float](repeating: 0, count: length)
    }

    /// The slots of the entries of a day, the newest batch first.
    func slots(day: Int32) -> [Int] {
        var slots: [Int] = []
        var end = first + used
        for batch in batches.reversed() {
            end -= batch.entryCount
            guard batch.day == day else { continue }
            for place in end..<end + batch.entryCount { slots.append(place % items.count) }
        }
        return slots
    }

    /// The bias that the embedding of a slot carries.
    func bias(_ slot: Int) -> Float {
        width > dimension ? embeddings[slot * width + dimension] : 0
    }

    /// Whether the batch of a step and day sees something in the queue.
    func isUsed(step: Int, day: Int32) -> Bool {
        step > start && batches.contains { $0.day == day }
    }

    /// Drops what is stale for the batch of a step.
    mutating func expire(step: Int) {
        while let oldest = batches.first, step - oldest.step > staleness { dropOldest() }
    }

    /// Adds the different positives of a batch.
    ///
    /// - Parameters:
    ///   - rowCount: The rows that they are positives of.
    ///   - day: The day whose item features they have.
    ///   - embedding: The embedding of the positive with a given place among `positives`.
    mutating func push(
        _ positives: [Int32], rowCount: Int, step: Int, day: Int32, _ kernels: Kernels,
        embedding: (Int) -> UnsafePointer<Float>
    ) {
        precondition(
            positives.count <= items.count,
            "\(positives.count) positives for a queue of \(items.count)")
        while used + positives.count > items.count { dropOldest() }
        for (place, item) in positives.enumerated() {
            let slot = (first + used + place) % items.count
            items[slot] = item
            let values = embedding(place)
            for column in 0..<width { embeddings[slot * width + column] = values[column] }
            inverseLengths[slot] = inverseLength(values, dimension, kernels)
        }
        used += positives.count
        batches.append(
            Batch(step: step, day: day, rowCount: rowCount, entryCount: positives.count))
    }

    private mutating func dropOldest() {
        let batch = batches.removeFirst()
        first = (first + batch.entryCount) % items.count
        used -= batch.entryCount
    }

    /// As `NegativeSource.include`, for the items from a place on.
    func include(
        _ items: [Int32], from start: Int, in batch: BatchPositives,
        into probabilities: inout [Double]
    ) {
        let table = InclusionTable(
            batch.popularity,
            draws: batches.reduce(0) { $0 + ($1.day == batch.day ? $1.rowCount : 0) })
        for index in start..<items.count {
            let missed = 1 - probabilities[index]
            probabilities[index] += table[batch.popularity.count(of: items[index])] * missed
        }
    }
}

// MARK: - Checkpoints

extension NegativeQueue {
    /// Where the ring stands.
    struct Position: Codable, Equatable {
        var batches: [Batch]
        var first: Int
        var used: Int
    }

    var position: Position { Position(batches: batches, first: first, used: used) }

    /// Writes the memory of the ring.
    func write(to writer: inout CheckpointWriter) throws {
        try items.withUnsafeBytes { try writer.append($0) }
        try embeddings.withUnsafeBytes { try writer.append($0) }
        try inverseLengths.withUnsafeBytes { try writer.append($0) }
    }

    /// Reads what ``write(to:)`` wrote of a ring of the same size.
    mutating func read(_ position: Position, from reader: inout CheckpointReader) throws {
        (batches, first, used) = (position.batches, position.first, position.used)
        try items.withUnsafeMutableBytes { try reader.read(into: $0) }
        try embeddings.withUnsafeMutableBytes { try reader.read(into: $0) }
        try inverseLengths.withUnsafeMutableBytes { try reader.read(into: $0) }
    }
}

/// 1 / |x|; of a zero vector a large number.
func inverseLength(_ x: UnsafePointer<Float>, _ count: Int, _ kernels: Kernels) -> Float {
    1 / (kernels.dot(x, x, count) + 1e-12).squareRoot()
}
