import LinearAlgebra

/// A loss over the logits of some candidates, one of which is the row's positive.
protocol CandidateLoss: Sendable {
    /// Returns the sum of weighted losses, and replaces the logits by their gradients.
    ///
    /// - Parameters:
    ///   - logits: Corrected scores, shape `[n, candidates]`; −∞ for what does not count.
    ///   - positives: The column of each row's positive.
    ///   - weights: The weight of each row.
    func evaluate(
        _ logits: MutableMatrixView, positives: UnsafePointer<Int32>,
        weights: UnsafePointer<Float>, _ kernels: Kernels
    ) -> Double
}

/// Cross-entropy of softmax: loss = log Σⱼ exp(xⱼ) − x₊, with the gradient softmax(x) − 1₊.
///
/// With logits corrected as in `CandidateSet` it is sampled softmax; with all items and no
/// correction, the full one.
struct SoftmaxLoss: CandidateLoss {
    func evaluate(
        _ logits: MutableMatrixView, positives: UnsafePointer<Int32>,
        weights: UnsafePointer<Float>, _ kernels: Kernels
    ) -> Double {
        var sum = 0.0
        for row in 0..<logits.rows {
            let x = logits.row(row)
            let positive = Int(positives[row])
            let score = x[positive]
            let logSum = kernels.softmax(x, logits.columns)
            sum += Double(weights[row]) * Double(logSum - score)
            x[positive] -= 1
            kernels.scale(weights[row], x, logits.columns)
        }
        return sum
    }
}

extension TwoTowerConfiguration {
    /// The loss of a training.
    var candidateLoss: any CandidateLoss { SoftmaxLoss() }
}
