/// The term that says how likely a candidate is sought and liked: the affinity times the probability of a
/// positive action once it is shown.
///
/// The retrieval model says what a user goes for among all items, the ranker what pleases of what was
/// shown. A sum lets one make up for the want of the other; the product asks for both, as the
/// probability of being shown and liked is that of being shown times that of being liked when shown.
public enum Engagement {
    /// The name of the term.
    public static let name = "engagement"

    /// The engagement of a candidate: affinity · (1 − Π (1 − p)) over the positive actions, taken as
    /// independent.
    ///
    /// - Parameters:
    ///   - affinity: In [0, 1].
    ///   - probabilities: Of the positive actions.
    public static func term(affinity: Float, probabilities: some Sequence<Float>) -> Float {
        affinity * (1 - probabilities.reduce(1) { $0 * (1 - $1) })
    }
}
