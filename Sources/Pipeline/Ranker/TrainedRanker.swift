import LinearAlgebra
import Ranking

/// A ranker with all that it needs to serve.
struct TrainedRanker: Sendable {
    let ranker: Ranker
    /// Maps what it predicts to what comes true.
    let calibrator: Calibrator
    /// Where candidates may be shown, by index.
    let surfaces: [String]
    /// The surface that lists are made for, as an index: that of most exposures it learned from. −1 where
    /// nobody says where candidates are shown.
    let servingSurface: Int32
    /// The tower that it reads.
    let baseModelID: Int64

    /// The numbers that it reads of users.
    var contextNumbers: [String] { ranker.schema.context.numbers }
    /// The numbers that it reads of items.
    var itemNumbers: [String] {
        ranker.schema.candidate.numbers.dropLast(RankerView.pairNumberNames.count)
    }

    /// The calibrated predictions for some candidates, shape `[candidates, tasks]`.
    ///
    /// - Parameter surfaces: The surface of each.
    func predictions(
        of inputs: RankerInputs, surfaces: [Int32], threadCount: Int
    ) throws -> Matrix {
        calibrator.calibrated(
            try ranker.scores(of: inputs, threadCount: threadCount), tasks: ranker.schema.tasks,
            groups: surfaces, threadCount: threadCount)
    }
}
