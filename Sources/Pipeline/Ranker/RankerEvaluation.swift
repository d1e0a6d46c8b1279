import Evaluation
import Jobs
import LinearAlgebra
import Postgres
import Ranking

/// How well a ranker predicts what users did with what they were shown on the days held out.
///
/// Each day is read as it was known at its start, as the ranker would have served it.
struct RankerEvaluation {
    /// Figures under one protocol.
    struct Figures {
        /// How it was measured, in words and with the dates.
        var summary: String
        var calibrated: Calibrated
        var values: [MetricStore.Figure]
        /// Bins of the reliability diagram of each task that is no duration.
        var reliability: [(task: String, bins: [ProbabilityEvaluation.Bin])]
    }

    /// When the probabilities were calibrated: the names in `model.reliability`.
    enum Calibrated: String {
        /// Before the first of the days.
        case once
        /// Anew each night, on what had become known by then.
        case eachNight = "each_night"
    }

    private let ranker: TrainedRanker
    private let exposures: RankerExposures
    private let days: Range<PostgresDate>
    private let threadCount: Int
    private let scores: Matrix

    /// - Returns: nil where nothing was shown on those days.
    init?(
        _ ranker: TrainedRanker, _ base: BaseTower, days: Range<PostgresDate>,
        _ context: StepContext
    ) throws {
        let request = RankerExposures.Request(
            days: days, knownBefore: days.upperBound,
            historyLength: ranker.ranker.configuration.historyLength, ranker: ranker)
        guard let exposures = try RankerExposures.load(request, base, context) else { return nil }
        try self.init(ranker, exposures, days: days, threadCount: base.settings.threadCount)
    }

    /// - Parameter exposures: Of the days, with the columns of the ranker.
    init(
        _ ranker: TrainedRanker, _ exposures: RankerExposures, days: Range<PostgresDate>,
        threadCount: Int
    ) throws {
        self.ranker = ranker
        self.exposures = exposures
        self.days = days
        self.threadCount = threadCount
        scores = try ranker.ranker.scores(of: exposures.dataset.inputs, threadCount: threadCount)
    }

    /// The same exposures predicted by another ranker with the same columns.
    func measuring(_ other: TrainedRanker) throws -> RankerEvaluation {
        try RankerEvaluation(other, exposures, days: days, threadCount: threadCount)
    }

    private var tasks: [RankerTask] { ranker.ranker.schema.tasks }

    private var words: String {
        "exposures of \(days.lowerBound) until \(days.upperBound), calibrated"
    }

    /// Calibrated once, before the first of the days.
    func asTrained() -> Figures {
        figures(
            ranker.calibrator.calibrated(
                scores, tasks: tasks, groups: exposures.candidateSurfaces,
                threadCount: threadCount), calibrated: .once)
    }

    /// Calibrated anew each night, on what became known in as many days before as the ranker was
    /// calibrated on.
    func recalibrated() throws -> Figures {
        figures(
            try NightlyCalibration(of: ranker).calibrated(
                scores, exposures, threadCount: threadCount), calibrated: .eachNight)
    }

    /// AUC, log loss, normalised entropy and calibration of each task; of a duration the calibration
    /// alone.
    private func figures(_ predictions: Matrix, calibrated: Calibrated) -> Figures {
        let labels = exposures.dataset.labels
        let users = exposures.userCount
        var found = Figures(
            summary: "\(words) \(calibrated == .once ? "before them" : "each night")",
            calibrated: calibrated, values: [], reliability: [])
        for (column, task) in tasks.enumerated() {
            let predicted = (0..<labels.rows).map { predictions[$0, column] }
            let actual = (0..<labels.rows).map { labels[$0, column] }
            func add(_ name: String, _ value: Double?) {
                guard let value else { return }
                found.values.append(
                    MetricStore.Figure(
                        cohort: "all", name: "\(task.name)_\(name)", cutoff: 0, value: value,
                        userCount: users))
            }
            guard task.kind == .binary else {
                let total = actual.reduce(0) { $0 + Double($1) }
                let sum = predicted.reduce(0) { $0 + Double($1) }
                add("calibration", total > 0 ? sum / total : nil)
                continue
            }
            guard
                let evaluation = ProbabilityEvaluation(
                    predictions: predicted, labels: actual.map { $0 > 0 })
            else { continue }
            add("auc", evaluation.auc)
            add("log_loss", evaluation.logLoss)
            add("normalised_entropy", evaluation.normalisedEntropy)
            add("calibration_error", evaluation.expectedCalibrationError)
            add("calibration", evaluation.calibration)
            found.reliability.append((task.name, evaluation.bins))
        }
        return found
    }
}

extension RankerConfiguration {
    /// A logistic regression on numbers, categories and surfaces: no histories, no embeddings, no crosses;
    /// of the hidden layers one unit is left, which the layout does not do without.
    static var logistic: RankerConfiguration {
        var configuration = RankerConfiguration.nightly
        configuration.categoryDimension = 1
        configuration.contentDimension = 0
        configuration.attentionHeads = 0
        configuration.crossLayers = 0
        configuration.expertCount = 1
        configuration.expertHiddenWidth = 1
        configuration.expertWidth = 1
        configuration.headWidth = 1
        configuration.hiddenDropout = 0
        return configuration
    }
}
