import Foundation
import LinearAlgebra

/// What a model that knows base rates alone would predict for a task, and how well it would do.
struct TaskScale: Codable, Sendable, Equatable {
    /// The logit of the base rate; 0 for durations, which are in units of their mean.
    var baseLogit: Float
    /// Seconds of a unit, for durations; 1 for the others.
    var unit: Float
    /// What the loss is multiplied by: the task's weight over the mean loss of the base rate. So every
    /// loss starts at its weight, and a task whose positives are rare counts like the others.
    var lossScale: Float

    /// Measures the labels of some rows.
    init(_ task: RankerTask, labels: some Sequence<Float>) {
        var (sum, count) = (0.0, 0.0)
        for label in labels where !label.isNaN {
            sum += Double(label)
            count += 1
        }
        let mean = sum / max(count, 1)
        switch task.kind {
        case .binary:
            // A rate of 0 or 1 has a logit without bound, and an entropy of 0.
            let margin = min(0.5, 0.5 / max(count, 1))
            let rate = min(max(mean, margin), 1 - margin)
            baseLogit = Float(log(rate / (1 - rate)))
            unit = 1
            let entropy = -rate * log(rate) - (1 - rate) * log(1 - rate)
            lossScale = task.weight / Float(entropy)
        case .duration:
            baseLogit = 0
            unit = mean > 0 ? Float(mean) : 1
            lossScale = task.weight / Float(2 * log(2.0))
        }
    }
}

/// The losses of all tasks, and their gradients.
///
/// A binary task has the cross-entropy log(1 + eᶻ) − y z of its logit z. A duration y, in units of the mean,
/// has (1 + y) log(1 + eᶻ) − y z: weighted logistic regression as Covington, Adams and Sargin learn
/// watch time (*Deep Neural Networks for YouTube Recommendations*, 2016), with every exposure as the
/// negative of weight 1 rather than those without a click. Its expectation is least where
/// eᶻ = E[y], so that the odds are the expected duration exactly, and not only where clicks are rare.
struct RankerLoss: Sendable {
    let tasks: [RankerTask]
    let scales: [TaskScale]

    /// Replaces logits by gradients, and returns the sum of the losses.
    ///
    /// - Parameters:
    ///   - logits: Shape `[rows, tasks]`.
    ///   - labels: The labels of a row; NaN has neither loss nor gradient.
    ///   - weight: The weight of a row.
    func evaluate(
        _ logits: MutableMatrixView, labels: (Int) -> UnsafePointer<Float>,
        weight: (Int) -> Float
    ) -> Double {
        var sum = 0.0
        for row in 0..<logits.rows {
            let (z, labels, weight) = (logits.row(row), labels(row), weight(row))
            for task in tasks.indices {
                guard let term = term(task, z[task], labels[task]) else {
                    z[task] = 0
                    continue
                }
                let factor = weight * scales[task].lossScale
                sum += Double(factor) * term.loss
                z[task] = factor * term.gradient
            }
        }
        return sum
    }

    /// Loss and gradient of one logit, without weights; nil where the label is not known.
    func term(_ task: Int, _ z: Float, _ label: Float) -> (loss: Double, gradient: Float)? {
        if label.isNaN { return nil }
        let y = label / scales[task].unit
        let count: Float = tasks[task].kind == .binary ? 1 : 1 + y
        let (z64, y64) = (Double(z), Double(y))
        let softplus = max(z64, 0) + log1p(exp(-abs(z64)))
        return (Double(count) * softplus - y64 * z64, count / (1 + exp(-z)) - y)
    }

    /// The prediction of a logit: a probability, or seconds.
    func prediction(_ task: Int, _ z: Float) -> Float {
        tasks[task].kind == .binary ? 1 / (1 + exp(-z)) : scales[task].unit * exp(z)
    }
}
