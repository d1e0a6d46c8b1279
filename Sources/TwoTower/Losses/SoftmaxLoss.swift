import LinearAlgebra

/// Cross-entropy of softmax: loss = log Σⱼ exp(xⱼ) − x₊, with the gradient softmax(x) − 1₊.
///
/// With logits corrected as in `CandidateSet` it is sampled softmax; with all items, for which the
/// correction is 0, the full one.
///
/// Label smoothing (Szegedy et al. 2016) takes the share ε of the target from the positive and spreads
/// it over the n candidates that count, the positive among them:
///
///     loss = log Σⱼ exp(xⱼ) − (1 − ε) x₊ − ε/n Σⱼ xⱼ
///     ∂/∂xⱼ = softmax(x)ⱼ − (1 − ε) 1₊ − ε/n
///
/// The target is even over what was drawn; over the catalogue it is as the sources draw.
struct SoftmaxLoss: CandidateLoss {
    /// The share ε of the target that is spread.
    var labelSmoothing: Float = 0

    let isCorrected = true

    func evaluate(
        _ logits: MutableMatrixView, positives: UnsafePointer<Int32>,
        weights: UnsafePointer<Float>, _ kernels: Kernels
    ) -> Double {
        var sum = 0.0
        let kept = 1 - labelSmoothing
        for row in 0..<logits.rows {
            let x = logits.row(row)
            let positive = Int(positives[row])
            let score = x[positive]
            var loss: Float
            if labelSmoothing > 0 {
                let (logSum, mean) = kernels.smoothedSoftmax(
                    x, logits.columns, share: labelSmoothing)
                loss = logSum - kept * score - labelSmoothing * mean
            } else {
                loss = kernels.softmax(x, logits.columns) - score
            }
            sum += Double(weights[row]) * Double(loss)
            x[positive] -= kept
            kernels.scale(weights[row], x, logits.columns)
        }
        return sum
    }
}
