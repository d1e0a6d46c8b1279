import LinearAlgebra

/// Bayesian personalised ranking (Rendle et al., UAI 2009): each negative alone should score below
/// the positive. Over the n negatives that count,
///
///     loss = 1/n Σⱼ −log σ(x₊ − xⱼ) = 1/n Σⱼ log(1 + exp(xⱼ − x₊))
///     ∂/∂xⱼ = σ(xⱼ − x₊) / n
///     ∂/∂x₊ = −Σⱼ ∂/∂xⱼ
///
/// where σ(z) = 1 / (1 + exp(−z)).
struct PairwiseRankingLoss: CandidateLoss {
    let isCorrected = false

    func evaluate(
        _ logits: MutableMatrixView, positives: UnsafePointer<Int32>,
        weights: UnsafePointer<Float>, _ kernels: Kernels
    ) -> Double {
        var sum = 0.0
        for row in 0..<logits.rows {
            let x = logits.row(row)
            let positive = Int(positives[row])
            let score = x[positive]
            x[positive] = -.infinity
            let (loss, slope, negatives) = kernels.softplus(x, logits.columns, shift: -score)
            guard negatives > 0 else { continue }
            let factor = weights[row] / Float(negatives)
            sum += Double(factor) * Double(loss)
            kernels.scale(factor, x, logits.columns)
            x[positive] = -factor * slope
        }
        return sum
    }
}
