import ArgumentParser
import BenchmarkSupport
import Evaluation
import Foundation
import LinearAlgebra
import Pipeline
import Postgres
import Ranking

/// Trains on the exposures that the evaluation ranker of a job has learned from, and measures every task
/// on the days held out: the ranker, and peers that are given the same rows and features.
///
/// Peers choose among their own settings by the last day that is learned from, as the ranker chooses when
/// to stop.
struct Quality: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures a ranker beside trees and a logistic regression on the same features.")

    @Option(help: "A libpq URI of the database that the job has filled.") var database: String
    @Option(help: "The file of the job.") var job = "examples/kuairand/nightly.yaml"
    @Option(
        help: "Days to measure that the job's ranker learns from, its last: to choose settings by.")
    var validationDays = 0
    @Option(help: "Settings of the ranker that differ from the defaults, as JSON; else the job's.")
    var settings: String?
    @Flag(help: "Train the ranker anew for each day too, as the nightly job does.")
    var retraining = false
    @Option(help: "Seed of every model.") var seed: UInt64 = 1
    @OptionGroup var peers: PeerOptions

    func validate() throws {
        guard validationDays >= 0 else {
            throw ValidationError("--validation-days must be 0 or more")
        }
    }

    func run() throws {
        let connection = try Connection(database, applicationName: "ranker-benchmark")
        let all = try RankerComparison(JobFile.load(path: job), connection)
        guard let comparison = validationDays == 0 ? all : try all.validation(days: validationDays)
        else {
            throw ValidationError("--validation-days leaves no day to learn from")
        }
        let configuration =
            try settings.map {
                try JSONDecoder().decode(RankerConfiguration.self, from: Data($0.utf8))
            } ?? comparison.configuration
        let (learned, measured) = (comparison.learned, comparison.measured)
        print(
            "\(Machine.summary), learned from \(learned.labels.rows) exposures,",
            "measured on \(measured.labels.rows) from \(comparison.days.lowerBound)",
            "until \(comparison.days.upperBound), seed \(seed), openblas \(BLAS.coreName)")
        let clock = ContinuousClock()
        var ranker: RankerComparison.Predictions?
        let time = try clock.measure {
            ranker = try comparison.predictions(configuration, seed: seed)
        }
        report("ranker", ranker!, measured, seconds: time / .seconds(1))
        if retraining {
            var retrained: RankerComparison.Predictions?
            let time = try clock.measure {
                retrained = try comparison.retrained(configuration, seed: seed)
            }
            report("retrained", retrained!, measured, seconds: time / .seconds(1))
        }
        guard let python = peers.interpreter(with: "lightgbm", from: "lightgbm scikit-learn")
        else { return }
        let exchange = PeerExchange(learned: learned, measured: measured)
        for peer in try exchange.run(python, seed: seed) {
            report(
                peer.name, try comparison.predictions(scores: peer.scores), measured,
                seconds: peer.seconds)
        }
    }

    private func report(
        _ name: String, _ predictions: RankerComparison.Predictions, _ measured: RankerDataset,
        seconds: Double
    ) {
        for (column, task) in measured.schema.tasks.enumerated() where task.kind == .binary {
            let labels = (0..<measured.labels.rows).map { measured.labels[$0, column] > 0 }
            func evaluation(_ matrix: Matrix) -> ProbabilityEvaluation? {
                ProbabilityEvaluation(
                    predictions: (0..<matrix.rows).map { min(max(matrix[$0, column], 0), 1) },
                    labels: labels)
            }
            guard let scores = evaluation(predictions.scores),
                let calibrated = evaluation(predictions.calibrated),
                let recalibrated = evaluation(predictions.recalibrated)
            else { continue }
            print(
                name, "task=\(task.name)", "auc=\(decimal(scores.auc ?? .nan, 4))",
                "log_loss=\(decimal(calibrated.logLoss, 5))",
                "ece=\(decimal(calibrated.expectedCalibrationError, 4))",
                "nightly_log_loss=\(decimal(recalibrated.logLoss, 5))",
                "nightly_ece=\(decimal(recalibrated.expectedCalibrationError, 4))",
                "nightly_calibration=\(decimal(recalibrated.calibration ?? .nan, 3))",
                "positives=\(scores.positiveCount)", "training_s=\(decimal(seconds, 1))")
        }
    }
}
