import LinearAlgebra

/// A loss over the logits of some candidates, one of which is the row's positive.
///
/// A logit of −∞ does not count: it adds nothing to the loss, and its gradient is 0. A row with
/// nothing but its positive has neither loss nor gradient.
protocol CandidateLoss: Sendable {
    /// Whether the logits have the log-Q correction of `CandidateSet` in them.
    ///
    /// It belongs to a loss that normalises over candidates, and so estimates a sum over
    /// the catalogue. A loss of separate terms compares plain scores.
    var isCorrected: Bool { get }

    /// Returns the sum of weighted losses, and replaces the logits by their gradients.
    ///
    /// - Parameters:
    ///   - logits: Scores, corrected where `isCorrected`, shape `[n, candidates]`; −∞ for what does
    ///     not count.
    ///   - positives: The column of each row's positive.
    ///   - weights: The weight of each row.
    func evaluate(
        _ logits: MutableMatrixView, positives: UnsafePointer<Int32>,
        weights: UnsafePointer<Float>, _ kernels: Kernels
    ) -> Double
}
