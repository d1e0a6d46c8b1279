import Foundation
import Ranking

/// What rankers of the pipeline may predict: terms of `serving.weights`.
enum RankerTasks {
    /// The expected seconds of the action `watch`; the other tasks are actions of their own names.
    static let watchTime = "watch_time"

    /// All names that a job may list.
    static let names = [
        "click", "like", "comment", "forward", "follow", "long_view", "hide", watchTime,
    ]

    /// A task of a dataset.
    ///
    /// What can be learned of a rare action is little and would be learned by heart first, so its weight
    /// falls with the root of its positives, as the precision of a rate does.
    ///
    /// - Parameter positives: Exposures on which it was done.
    static func task(_ name: String, positives: Int) -> RankerTask {
        RankerTask(
            name: name, kind: name == watchTime ? .duration : .binary,
            weight: min(1, sqrt(Float(positives) / fullWeightCount)))
    }

    /// Positives from which on a task weighs 1.
    private static let fullWeightCount: Float = 4_000
}

extension RankerConfiguration {
    /// Where a job says nothing else: the last day tells when to stop, and calibrates.
    static var nightly: RankerConfiguration {
        var configuration = RankerConfiguration()
        configuration.validationDays = 1
        return configuration
    }
}
