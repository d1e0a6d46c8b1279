import Testing

@testable import TwoTower

/// A combination of sources of negatives, for worlds of some dozen to some hundred items.
enum Sampling: String, CaseIterable, CustomTestStringConvertible {
    case inBatch, uniform, popular, mixed, fullCatalogue, queue, hard, relativelyHard

    var testDescription: String { rawValue }

    /// Sets the sources; the batch size is set before.
    ///
    /// - Parameter count: Draws of a source that draws a number of items.
    func set(_ configuration: inout TwoTowerConfiguration, count: Int = 16) {
        configuration.usesInBatchNegatives = self != .uniform && self != .popular
        configuration.uniformNegatives = self == .uniform || self == .mixed ? count : 0
        configuration.popularNegatives = self == .popular || self == .mixed ? count : 0
        configuration.usesFullCatalogue = self == .fullCatalogue
        guard [.queue, .hard, .relativelyHard].contains(self) else { return }
        configuration.queueLength = 2 * configuration.batchSize
        configuration.queueStart = 1
        guard self != .queue else { return }
        configuration.hardNegatives = 3
        configuration.hardNegativesAreRelative = self == .relativelyHard
        configuration.hardNegativeThreshold = self == .relativelyHard ? 0.3 : 0.1
        configuration.hardNegativeRamp = 10
    }
}
