import LinearAlgebra

/// Item embeddings ready to be searched exhaustively: the reference that every approximate index
/// is measured against, and fast enough for catalogues of some hundred thousand items.
///
/// **Scores.** The score of a pair is its inner product or negative squared distance, summed in double precision in a fixed
/// order and rounded once to single precision. The matrix product that does the bulk of the work
/// serves as a filter only: what it computes may differ in the last bits from one block size,
/// processor or library to another, so whatever comes within its error bound of the k best is
/// scored again. Lists and scores are therefore the same on any machine, at any thread count
/// and block size; equal scores rank by item index, ascending.
public struct ExactIndex: Sendable {
    /// How users and items are compared.
    public let similarity: Similarity
    /// The number of items that the index was built from; item indexes are below it.
    public let itemCount: Int
    /// The embeddings of the candidates, shape `[C, D]`; of length 1 or 0 for cosine, and with the
    /// columns of `DistanceProduct` for l2.
    let items: Matrix
    /// The largest norm of a candidate.
    let largestNorm: Double
    /// The item index of each candidate, ascending; nil when all items are candidates.
    let indexes: [UInt32]?
    /// The candidate of each item, or `noPosition`; nil when all items are candidates.
    let positions: [UInt32]?

    static let noPosition = UInt32.max

    init(
        similarity: Similarity, items: Matrix, largestNorm: Double, itemCount: Int,
        indexes: [UInt32]?, positions: [UInt32]?
    ) {
        self.similarity = similarity
        self.items = items
        self.largestNorm = largestNorm
        self.itemCount = itemCount
        self.indexes = indexes
        self.positions = positions
    }

    /// The number of items that a search can return.
    public var candidateCount: Int { items.rows }

    /// The number of values in an embedding.
    public var dimension: Int {
        items.columns - (similarity == .l2 ? DistanceProduct.extraColumns : 0)
    }

    /// The same index with fewer candidates; items keep their indexes.
    ///
    /// - Parameter mask: Whether each of `itemCount` items may be returned.
    /// - Complexity: O(`N` × `D`), and a copy of the embeddings kept.
    public func restricted(to mask: [Bool]) -> ExactIndex {
        precondition(mask.count == itemCount, "mask of \(mask.count) items for \(itemCount)")
        var positions = [UInt32](repeating: Self.noPosition, count: itemCount)
        var kept: [UInt32] = []
        var elements: [Float] = []
        for candidate in 0..<candidateCount {
            let item = itemIndex(of: candidate)
            guard mask[Int(item)] else { continue }
            positions[Int(item)] = UInt32(kept.count)
            kept.append(item)
            elements += items[row: candidate]
        }
        return ExactIndex(
            similarity: similarity,
            items: Matrix(rows: kept.count, columns: items.columns, elements: elements),
            largestNorm: largestNorm, itemCount: itemCount, indexes: kept, positions: positions)
    }

    func itemIndex(of candidate: Int) -> UInt32 {
        indexes?[candidate] ?? UInt32(candidate)
    }
}
