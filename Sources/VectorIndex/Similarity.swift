/// How alike a user and an item are: the greater, the more.
public enum Similarity: String, Sendable, Codable, CaseIterable {
    /// Σ uᵢ vᵢ.
    case innerProduct = "inner_product"
    /// Σ uᵢ vᵢ / (‖u‖ ‖v‖); 0 when either vector is zero. Computed as the inner product of vectors
    /// scaled to length 1 and rounded to single precision.
    case cosine
    /// −Σ (uᵢ − vᵢ)²: the negative squared Euclidean distance.
    case l2

    /// The largest sum of terms that a score can come from, for vectors of these norms; for `.cosine`,
    /// of the vectors scaled to length 1.
    func magnitude(_ first: Double, _ second: Double) -> Double {
        switch self {
        case .innerProduct, .cosine: first * second
        case .l2: (first + second) * (first + second)
        }
    }

    /// Whether scores of vectors of these norms stay finite in single precision.
    func isFinite(_ first: Double, _ second: Double) -> Bool {
        self == .cosine || magnitude(first, second) < RowNorms.limit
    }
}
