/// What a model in training was measured to be on what is held out.
package protocol ValidationMeasurement: Codable, Equatable, Sendable {
    /// The greater the better.
    var quality: Double { get }
}

/// Decides when a training has stopped getting better.
package struct EarlyStopping<Measurement: ValidationMeasurement>: Codable, Equatable, Sendable {
    /// Measurements without a better one after which training ends.
    package let patience: Int
    /// The best measurement so far.
    package private(set) var best: Measurement?
    /// The newest measurement.
    package private(set) var newest: Measurement?
    private var misses = 0

    package init(patience: Int) {
        self.patience = patience
    }

    /// Takes a measurement, and says whether it is the best so far.
    package mutating func take(_ measurement: Measurement) -> Bool {
        newest = measurement
        if let best, measurement.quality <= best.quality {
            misses += 1
            return false
        }
        best = measurement
        misses = 0
        return true
    }

    /// Whether the training should end.
    package var isExhausted: Bool { misses >= patience }
}
