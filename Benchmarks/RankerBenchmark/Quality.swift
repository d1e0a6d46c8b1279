import Evaluation
import Foundation
import LinearAlgebra
import Ranking

/// Trains on the days before a split and measures the days after it.
///
/// The ranker is trained without the last day before the split to know when to stop and to fit the
/// calibration on, then as long on all days.
struct Quality {
    let exposures: ExposureFolder
    let configuration: RankerConfiguration
    let seed: UInt64
    let threadCount: Int

    func run() throws {
        let split = exposures.counts.firstTestDay
        let all = try exposures.dataset(0..<split)
        let test = try exposures.dataset(split..<Int32.max)
        let tasks = exposures.schema.tasks
        var stopping = configuration
        stopping.validationDays = 1
        var best: RankerMeasurement?
        let clock = ContinuousClock()
        let start = clock.now
        let first = try RankerTrainer.train(
            all, configuration: stopping, seed: seed, threadCount: threadCount
        ) { progress in
            if progress.batch == progress.batchCount, let measured = progress.validation {
                print(
                    "epoch \(progress.epoch): loss \(decimal(progress.epochLoss)), on the day held out",
                    decimal(measured.loss))
            }
            best = progress.best
        }
        let held = try exposures.dataset(split - 1..<split)
        var settings = Calibrator.Settings()
        settings.minimumCount = 500
        let calibrator = try Calibrator(
            tasks: tasks, scores: first.scores(of: held.inputs, threadCount: threadCount),
            labels: held.labels, settings: settings)
        let share = Double(best?.epoch ?? configuration.epochs) / Double(configuration.epochs)
        let ranker = try RankerTrainer.train(
            all, configuration: configuration, seed: seed, threadCount: threadCount,
            length: .share(share))
        let seconds = (clock.now - start) / .seconds(1)
        print(
            "trained twice in \(decimal(seconds)) s on \(all.inputs.candidateCount) exposures,",
            "measured on \(test.inputs.candidateCount); seed \(seed)")
        let scores = try ranker.scores(of: test.inputs, threadCount: threadCount)
        report("ranker", scores, test)
        report(
            "calibrated", calibrator.calibrated(scores, tasks: tasks, threadCount: threadCount),
            test)
        if let peer = exposures.peerScores, peer.count == scores.elements.count {
            report(
                "trees", Matrix(rows: scores.rows, columns: scores.columns, elements: peer), test)
        }
    }

    private func report(_ name: String, _ scores: Matrix, _ test: RankerDataset) {
        for (index, task) in exposures.schema.tasks.enumerated() {
            let labels = (0..<scores.rows).map { test.labels[$0, index] }
            let predictions = (0..<scores.rows).map { scores[$0, index] }
            guard task.kind == .binary else {
                let (sum, total) = (predictions.reduce(0, +), labels.reduce(0, +))
                print(name, task.name, "calibration=\(decimal(Double(sum / total)))")
                continue
            }
            guard
                let evaluation = ProbabilityEvaluation(
                    predictions: predictions.map { min(max($0, 0), 1) },
                    labels: labels.map { $0 == 1 })
            else { continue }
            print(
                name, task.name, "auc=\(decimal(evaluation.auc ?? .nan))",
                "logloss=\(decimal(evaluation.logLoss))",
                "ne=\(decimal(evaluation.normalisedEntropy ?? .nan))",
                "ece=\(decimal(evaluation.expectedCalibrationError))",
                "calibration=\(decimal(evaluation.calibration ?? .nan))",
                "positives=\(evaluation.positiveCount)")
        }
    }

    private func decimal(_ value: Double) -> String { String(format: "%.4f", value) }
}
