import Foundation

/// How the learning rates move along a training: up over the warm-up, then as the shape says.
///
/// After the warm-up, with a the share of the remaining batches that are done and f the final
/// share, the rates are multiplied by 1 (constant), by 1 − (1 − f) a (linear), or by
/// f + (1 − f) (1 + cos πa) / 2 (cosine: Loshchilov, Hutter 2017, without restarts).
struct LearningRateSchedule: Sendable {
    let shape: TwoTowerConfiguration.Schedule
    /// Batches over which the rates rise in equal steps; at most half of all.
    let warmUp: Int
    /// Batches in all.
    let stepCount: Int
    let finalShare: Float

    init(_ configuration: TwoTowerConfiguration, stepCount: Int) {
        shape = configuration.learningRateSchedule
        warmUp = min(configuration.warmUpBatches, stepCount / 2)
        self.stepCount = stepCount
        finalShare = configuration.finalLearningRateShare
    }

    /// The share of the learning rates at a step, counted from 1.
    func share(step: Int) -> Float {
        if step <= warmUp { return Float(step) / Float(warmUp + 1) }
        let along = Float(step - warmUp) / Float(max(stepCount - warmUp, 1))
        switch shape {
        case .constant: return 1
        case .linear: return 1 - (1 - finalShare) * along
        case .cosine: return finalShare + (1 - finalShare) * (1 + cos(.pi * along)) / 2
        }
    }
}
