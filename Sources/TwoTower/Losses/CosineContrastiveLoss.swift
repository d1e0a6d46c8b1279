import LinearAlgebra

/// Cosine contrastive loss (SimpleX: Mao et al., CIKM 2021): the positive's cosine should be 1, and
/// those of negatives should not exceed a margin m; what does not, is left alone. Over the n
/// negatives that count,
///
///     loss = (1 − c₊) + μ/n Σⱼ max(0, cⱼ − m)
///     ∂/∂c₊ = −1
///     ∂/∂cⱼ = μ/n where cⱼ > m, else 0
///
/// A logit is a cosine divided by the temperature τ: c = τ x, and ∂/∂x = τ ∂/∂c.
struct CosineContrastiveLoss: CandidateLoss {
    /// m, in −1 to 1.
    let margin: Float
    /// μ.
    let negativeWeight: Float
    /// τ, with which the logits were made.
    let temperature: Float

    let isCorrected = false

    func evaluate(
        _ logits: MutableMatrixView, positives: UnsafePointer<Int32>,
        weights: UnsafePointer<Float>, _ kernels: Kernels
    ) -> Double {
        var sum = 0.0
        for row in 0..<logits.rows {
            let x = logits.row(row)
            let positive = Int(positives[row])
            let cosine = temperature * x[positive]
            x[positive] = -.infinity
            let (excess, negatives) = kernels.hinge(
                x, logits.columns, factor: temperature, margin: margin)
            guard negatives > 0 else { continue }
            let factor = negativeWeight / Float(negatives)
            sum += Double(weights[row]) * Double(1 - cosine + factor * excess)
            kernels.scale(weights[row] * factor, x, logits.columns)
            x[positive] = -weights[row] * temperature
        }
        return sum
    }
}
