/// How alike a user and an item are.
public enum Similarity: String, Sendable, Codable, CaseIterable {
    /// Σ uᵢ vᵢ.
    case innerProduct = "inner_product"
    /// Σ uᵢ vᵢ / (‖u‖ ‖v‖); 0 when either vector is zero. Computed as the inner product of vectors
    /// scaled to length 1 and rounded to single precision.
    case cosine
}
