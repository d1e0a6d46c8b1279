public import LinearAlgebra

/// What the rules ask of the items of a catalogue, by item index.
///
/// Equal scores rank by item index: with indexes in the order of ids that is a tie by id, as in SQL.
public struct RerankItems: Sendable {
    /// What users did with an item.
    public struct Feedback: Hashable, Sendable {
        /// How often it was shown.
        public var exposures: UInt32
        /// How often of these somebody engaged with it.
        public var positives: UInt32

        /// - Precondition: There are no more positives than exposures.
        public init(exposures: UInt32, positives: UInt32) {
            precondition(
                positives <= exposures, "\(positives) positives in \(exposures) exposures")
            self.exposures = exposures
            self.positives = positives
        }
    }

    /// The ids, from which random draws are made: indexes change from run to run.
    public let ids: [Int64]
    /// Who made each item, as any number; −1 where nobody knows.
    public let creators: [Int32]?
    /// The tags of each item, ascending.
    public let tags: IndexLists?
    /// What users did with each item.
    public let feedback: [Feedback]?
    /// Embeddings of unit length, or zeros; shape `[items, dimension]`.
    let directions: Matrix?

    /// The number of items.
    public var count: Int { ids.count }

    /// - Parameters:
    ///   - creators: −1 where nobody knows.
    ///   - tags: Strictly ascending for each item.
    ///   - embeddings: Shape `[items, dimension]`, of any length; a bias is better left out.
    /// - Precondition: What is given covers all items.
    public init(
        ids: [Int64], creators: [Int32]? = nil, tags: IndexLists? = nil,
        embeddings: Matrix? = nil, feedback: [Feedback]? = nil
    ) {
        for given in [creators?.count, tags?.count, embeddings?.rows, feedback?.count] {
            precondition(
                given ?? ids.count == ids.count, "\(given ?? 0) rows for \(ids.count) items")
        }
        precondition(tags?.isStrictlyAscending ?? true, "tags of an item do not ascend")
        self.ids = ids
        self.creators = creators
        self.tags = tags
        self.feedback = feedback
        directions = embeddings?.unitRows()
    }
}
