import Foundation
import LinearAlgebra

/// Turns a history, oldest event first, into one vector.
///
/// An encoder that is linear in the events says only how they weigh; another one implements
/// `forward` and `backward` of `BagEncoder` itself. The weights also pool what comes with the
/// events: their creators and tags.
protocol HistoryEncoder: BagEncoder {
    /// Writes the share of each event; the shares add up to 1.
    func weigh(_ weights: UnsafeMutableBufferPointer<Float>)
}

/// All events alike.
struct MeanHistory: HistoryEncoder {
    func weigh(_ weights: UnsafeMutableBufferPointer<Float>) {
        weights.update(repeating: 1 / Float(max(weights.count, 1)))
    }
}

/// Event k, counted back from the newest, weighs in proportion to 2^(−k / halfLife).
struct RecencyWeightedHistory: HistoryEncoder {
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
    /// The encoder that the configuration names.
    var historyEncoder: any HistoryEncoder {
        switch historyEncoding {
        case .mean: MeanHistory()
        case .recencyWeightedMean: RecencyWeightedHistory(halfLife: historyHalfLife)
        }
    }
}
