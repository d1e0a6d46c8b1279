public import VectorIndex

/// How items are indexed for approximate search, what the index has to reach, and when its lists are
/// made anew.
public struct IndexSettings: Codable, Sendable, Equatable {
    /// Lists; 0 for twice the square root of the items, but 256 at least.
    public var listCount = 0
    /// How embeddings are stored in the lists.
    public var code = InvertedFileParameters.Code.flat
    /// Parts of a product-quantised embedding; 0 for four values in each at 8 bits, two at 4 bits.
    public var partCount = 0
    /// Bits that stand for a part: 8 or 4.
    public var partBits = 8
    /// Whether embeddings are turned before they are quantised, by a rotation learned with the codes.
    public var learnsRotation = false
    /// With fewer items than this for each list, search stays exact.
    public var minimumListLength = 40
    /// Embeddings of users that recall is measured with.
    public var recallSample = 1000
    /// Length of the lists whose recall decides.
    public var recallCutoff = 100
    /// Mean recall that the index has to reach.
    public var recallMean = 0.95
    /// Recall that 95 % of the sample have to reach.
    public var recallFifthPercentile = 0.85
    /// Share of the lists that a search may have to read; the index is of no use beyond.
    public var largestProbeShare = 0.25
    /// Share of items that may stand in another list than in the index before it.
    public var largestMovedShare = 0.2
    /// Length of the longest list over the mean.
    public var largestImbalance = 16.0
    /// Mean squared distance from centroids relative to when they were trained.
    public var largestErrorGrowth = 1.1
    /// Items relative to when the centroids were trained.
    public var largestItemGrowth = 1.25
    /// The index of the extension pgvector that a table of the same embeddings is given, if any.
    public var pgvector = VectorMirror.none

    public init() {}

    /// What an inverted file of so many items is built with; nil where there are too few for lists.
    func parameters(
        forItems itemCount: Int, similarity: Similarity = .innerProduct, seed: Int
    ) -> InvertedFileParameters? {
        listCount(forItems: itemCount).map {
            InvertedFileParameters(
                similarity: similarity, listCount: $0, code: code, partCount: partCount,
                partBits: partBits, learnsRotation: learnsRotation, seed: UInt64(seed))
        }
    }

    /// Lists for so many items; nil where there are too few for any.
    func listCount(forItems itemCount: Int) -> Int? {
        let wanted =
            listCount > 0
            ? listCount
            : max(256, InvertedFileParameters.automaticListCount(itemCount: itemCount))
        return itemCount >= minimumListLength * wanted ? wanted : nil
    }

    /// Lists that a search may have to read.
    func largestProbes(ofLists count: Int) -> Int {
        max(Int(largestProbeShare * Double(count)), 1)
    }
}

/// A table of embeddings with an index of the extension pgvector, for analysts; no step reads it.
public enum VectorMirror: String, CaseIterable, Codable, Sendable {
    /// No such table.
    case none
    /// Hierarchical navigable small worlds: slow to build, few rows read.
    case hnsw
    /// Inverted lists.
    case ivfflat
}
