import LinearAlgebra

/// Makes an `ExactIndex` from item embeddings.
///
/// ```swift
/// let index = try ExactIndexBuilder(similarity: .innerProduct).build(items: embeddings)
/// let lists = try index.search(users, k: 100)
/// ```
public struct ExactIndexBuilder: Sendable {
    /// How users and items are compared.
    public let similarity: Similarity

    public init(similarity: Similarity = .innerProduct) {
        self.similarity = similarity
    }

    /// An index of all items, which are known by their row.
    ///
    /// - Parameter items: Item embeddings, shape `[N, D]`, below 2³² rows.
    /// - Throws: `VectorIndexError` when an embedding is not finite or too large.
    public func build(items: Matrix) throws -> ExactIndex {
        precondition(items.rows < Int(UInt32.max), "\(items.rows) items for 32-bit indexes")
        var norms = try items.withView { try RowNorms.checked($0, kind: "item") }
        var items = items
        if similarity == .cosine {
            items.withMutableView { view in
                for row in 0..<view.rows { RowNorms.normalise(view, row: row, norm: norms[row]) }
            }
            norms = items.withView { view in (0..<view.rows).map { RowNorms.norm(view, row: $0) } }
        }
        let largestNorm = norms.max() ?? 0
        if similarity == .l2 {
            // The distance to an item of norm 0 already has to stay finite.
            if let row = norms.firstIndex(where: { $0 * $0 >= RowNorms.limit }) {
                throw VectorIndexError.tooLarge("item", row: row)
            }
            items = DistanceProduct.items(items, norms: norms)
        }
        return ExactIndex(
            similarity: similarity, items: items, largestNorm: largestNorm,
            itemCount: items.rows, indexes: nil, positions: nil)
    }
}
