import Foundation
import LinearAlgebra

/// Generalised binary cross-entropy, gBCE (Petrov, Macdonald, RecSys 2023): the positive should say
/// yes, each of the n negatives that count no, and the positive's probability is taken to the
/// power β, which undoes the overconfidence that comes from seeing few of all negatives:
///
///     loss = 1/(n + 1) (−β log σ(z₊) − Σⱼ log(1 − σ(zⱼ)))  with  z = x − log m
///     ∂/∂x₊ = −β (1 − σ(z₊)) / (n + 1)
///     ∂/∂xⱼ = σ(zⱼ) / (n + 1)
///
/// where σ(z) = 1 / (1 + exp(−z)) and β = α(t(1 − 1/α) + 1/α) = 1 − t(1 − α), with the sampling rate
/// α = n / (items − 1). With t = 1 the probabilities are calibrated when negatives are drawn
/// uniformly; with t = 0 it is the plain binary cross-entropy.
///
/// The paper has z = x. With m the columns beside the positive, masked or not, the constant says
/// beforehand that one of the candidates is it (a prior, as in Lin et al., ICCV 2017, §3.3); no order
/// changes. Without it every negative starts at
/// a probability of one half: the first gradients are m times those that follow, and Adagrad, which
/// forgets none, hardly moves after them.
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
        let prior = log(Float(max(logits.columns - 1, 1)))
        var sum = 0.0
        for row in 0..<logits.rows {
            let x = logits.row(row)
            let positive = Int(positives[row])
            let score = x[positive]
            x[positive] = -.infinity
            let (loss, _, negatives) = kernels.softplus(x, logits.columns, shift: -prior)
            guard negatives > 0 else { continue }
            // −log σ(z₊) is the softplus of −z₊, whose derivative is −(1 − σ(z₊)).
            var opposite = prior - score
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
