import Foundation

/// How learning rates move after the warm-up.
public enum LearningRateShape: String, Codable, Sendable {
    /// They stay.
    case constant
    /// They fall by as much with every batch.
    case linear
    /// They fall along half a cosine: slowly, then fast, then slowly.
    case cosine
}

/// How the learning rates move along a training: up over the warm-up, then as the shape says.
///
/// After the warm-up, with a the share of the remaining batches that are done and f the final
/// share, the rates are multiplied by 1 (constant), by 1 − (1 − f) a (linear), or by
/// f + (1 − f) (1 + cos πa) / 2 (cosine: Loshchilov, Hutter 2017, without restarts).
package struct LearningRateSchedule: Sendable {
    package let shape: LearningRateShape
    /// Batches over which the rates rise in equal steps; at most half of all.
    package let warmUp: Int
    /// Batches in all.
    package let stepCount: Int
    package let finalShare: Float

    /// - Parameter warmUp: Batches over which the rates rise; no more than half of all do.
    package init(shape: LearningRateShape, warmUp: Int, stepCount: Int, finalShare: Float) {
        self.shape = shape
        self.warmUp = min(warmUp, stepCount / 2)
        self.stepCount = stepCount
        self.finalShare = finalShare
    }

    /// The share of the learning rates at a step, counted from 1.
    package func share(step: Int) -> Float {
        if step <= warmUp { return Float(step) / Float(warmUp + 1) }
        let along = Float(step - warmUp) / Float(max(stepCount - warmUp, 1))
        switch shape {
        case .constant: return 1
        case .linear: return 1 - (1 - finalShare) * along
        case .cosine: return finalShare + (1 - finalShare) * (1 + cos(.pi * along)) / 2
        }
    }
}
