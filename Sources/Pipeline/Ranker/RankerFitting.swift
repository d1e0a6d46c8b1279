import LinearAlgebra
import Ranking

/// Trains a ranker and calibrates it.
///
/// Without the last days first, which tell when to stop and give the calibration; then on all days, for
/// as long as was best.
struct RankerFitting {
    /// What a training says of itself, recorded with the model.
    struct Record: Codable, Equatable {
        var exposureCount = 0
        var contextCount = 0
        /// Exposures on which each task was done.
        var positives: [String: Int] = [:]
        var epochLosses: [Double] = []
        /// The best measurement on the last days.
        var validation: RankerMeasurement?
        /// Exposures of those days, to which the calibration was fitted.
        var calibrationCount = 0
        var seconds = 0.0
        /// The surfaces by index, and that which lists are made for.
        var surfaces: [String] = []
        var servingSurface: Int32 = -1
    }

    let configuration: RankerConfiguration
    let seed: UInt64
    let threadCount: Int

    /// - Parameter progress: Called after every batch; what it throws ends the training.
    func fit(
        _ exposures: RankerExposures, baseModelID: Int64,
        progress: (RankerProgress) throws -> Void
    ) throws -> (ranker: TrainedRanker, record: Record) {
        let start = ContinuousClock.now
        let dataset = exposures.dataset
        var record = Record(exposures)
        var calibrator = Calibrator(curves: [])
        if configuration.validationDays > 0,
            let heldOut = try exposures.last(configuration.validationDays)
        {
            let first = try RankerTrainer.train(
                dataset, configuration: configuration, seed: seed, threadCount: threadCount
            ) {
                record.validation = $0.best
                try progress($0)
            }
            calibrator = try Calibrator(
                tasks: dataset.schema.tasks,
                scores: try first.scores(of: heldOut.dataset.inputs, threadCount: threadCount),
                labels: heldOut.dataset.labels, groups: heldOut.candidateSurfaces)
            record.calibrationCount = heldOut.dataset.labels.rows
        }
        let ranker = try RankerTrainer.train(
            dataset, configuration: configuration, seed: seed, threadCount: threadCount,
            length: .share(
                record.validation.map { Double($0.epoch) / Double(configuration.epochs) } ?? 1)
        ) {
            if $0.batch == $0.batchCount { record.epochLosses.append($0.epochLoss) }
            try progress($0)
        }
        record.seconds = (ContinuousClock.now - start) / .seconds(1)
        return (
            TrainedRanker(
                ranker: ranker, calibrator: calibrator, surfaces: exposures.surfaces,
                servingSurface: record.servingSurface, baseModelID: baseModelID), record
        )
    }
}

extension RankerFitting.Record {
    fileprivate init(_ exposures: RankerExposures) {
        let labels = exposures.dataset.labels
        exposureCount = labels.rows
        contextCount = exposures.dataset.days.count
        for (column, task) in exposures.dataset.schema.tasks.enumerated() {
            positives[task.name] = (0..<labels.rows).count { labels[$0, column] > 0 }
        }
        surfaces = exposures.surfaces
        var counts = [Int](repeating: 0, count: surfaces.count)
        for surface in exposures.candidateSurfaces where surface >= 0 {
            counts[Int(surface)] += 1
        }
        // Of equal ones the first.
        servingSurface =
            counts.indices.max { (counts[$0], $1) < (counts[$1], $0) }
            .map { Int32($0) } ?? -1
    }
}
