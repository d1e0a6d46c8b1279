import LinearAlgebra

/// Generalised binary cross-entropy, gBCE (Petrov, Macdonald, RecSys 2023): the positive should say
/// yes, each of the n negatives that count no, and the positive's probability is taken to the
/// power β, which undoes the overconfidence that comes from seeing few of all negatives:
///
///     loss = 1/(n + 1) (−β log σ(x₊) − Σⱼ log(1 − σ(xⱼ)))
///     ∂/∂x₊ = −β (1 − σ(x₊)) / (n + 1)
///     ∂/∂xⱼ = σ(xⱼ) / (n + 1)
///
/// where σ(z) = 1 / (1 + exp(−z)) and β = α(t(1 − 1/α) + 1/α) = 1 − t(1 − α), with the sampling rate
/// α = n / (items − 1). With t = 1 the probabilities are calibrated when negatives are drawn
/// uniformly; with t = 0 it is the plain binary cross-entropy.
struct GeneralisedCrossEntropy: CandidateLoss {
    /// t, in 0 to 1.
    let calibration: Float
    /// The size of the catalogue.
    let itemCount: Int

    let isCorrected = false

    func evaluate(
        _ logits: MutableMatrixView, positives: UnsafePointer<Int32>,
        weights: UnsafePointer<Float>, _ kernels: Kernels
    ) -> Double {
        var sum = 0.0
        for row in 0..<logits.rows {
            let x = logits.row(row)
            let positive = Int(positives[row])
            // −log σ(x₊) is the softplus of −x₊, whose derivative is −(1 − σ(x₊)).
            var opposite = -x[positive]
            x[positive] = -.infinity
            let (loss, _, negatives) = kernels.softplus(x, logits.columns, shift: 0)
            guard negatives > 0 else { continue }
            let positiveLoss = kernels.softplus(&opposite, 1, shift: 0).sum
            let power = power(negatives: negatives)
            let factor = weights[row] / Float(negatives + 1)
            sum += Double(factor) * Double(power * positiveLoss + loss)
            kernels.scale(factor, x, logits.columns)
            x[positive] = -factor * power * opposite
        }
        return sum
    }

    /// β for a row with some negatives.
    func power(negatives: Int) -> Float {
        let rate = min(Float(negatives) / Float(max(itemCount - 1, 1)), 1)
        return 1 - calibration * (1 - rate)
    }
}
