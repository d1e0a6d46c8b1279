import Foundation
import LinearAlgebra

/// How much each event of a history, oldest first, counts in a pooled vector.
///
/// The weights pool the items of a history, unless an encoder over sequences does that, and its
/// creators and tags.
protocol HistoryWeights: Sendable {
    /// Writes the share of each event; the shares add up to 1.
    func weigh(_ weights: UnsafeMutableBufferPointer<Float>)
}

/// All events alike.
struct EqualWeights: HistoryWeights {
    func weigh(_ weights: UnsafeMutableBufferPointer<Float>) {
        weights.update(repeating: 1 / Float(max(weights.count, 1)))
    }
}

/// Event k, counted back from the newest, weighs in proportion to 2^(−k / halfLife).
struct RecencyWeights: HistoryWeights {
    private let decay: Float

    init(halfLife: Float) {
        decay = exp2(-1 / halfLife)
    }

    func weigh(_ weights: UnsafeMutableBufferPointer<Float>) {
        var weight: Float = 1
        var sum: Float = 0
        for index in weights.indices.reversed() {
            weights[index] = weight
            sum += weight
            weight *= decay
        }
        for index in weights.indices { weights[index] /= sum }
    }
}

extension TwoTowerConfiguration {
    /// The weights that the configuration names.
    var historyWeights: any HistoryWeights {
        switch historyEncoding {
        case .mean: EqualWeights()
        default: RecencyWeights(halfLife: historyHalfLife)
        }
    }
}
