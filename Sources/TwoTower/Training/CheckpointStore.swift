/// Keeps the newest checkpoint of one training: in memory, in a file, in a table.
public protocol CheckpointStore {
    /// Replaces what is kept by the parts that `write` hands over, in order, of up to
    /// `Checkpointing.partSize` bytes each.
    ///
    /// All or nothing: what was kept before stays until every part has arrived, and stays when
    /// `write` throws.
    func save(_ write: (_ part: (ArraySlice<UInt8>) throws -> Void) throws -> Void) throws

    /// A part of what is kept, counted from 0; nil after the last, and when nothing is kept.
    func part(_ number: Int) throws -> [UInt8]?
}

/// Where a training keeps its checkpoints, and how often.
public struct Checkpointing {
    /// Bytes of a part, at most: a checkpoint is never in memory as a whole.
    public static let partSize = 16 << 20

    let store: any CheckpointStore
    let interval: Duration

    /// A checkpoint after the first batch that ends so long after the start or after the last one.
    ///
    /// How often a training is interrupted or saved changes nothing in what it learns.
    public init(_ store: any CheckpointStore, every interval: Duration) {
        self.store = store
        self.interval = interval
    }
}
