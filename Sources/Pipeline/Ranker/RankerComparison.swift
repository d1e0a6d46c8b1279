import Jobs
import LinearAlgebra
import Postgres
import Ranking
import SQLCatalog

/// The exposures that the evaluation ranker of a job's newest run has learned from, and those that it
/// was measured on: for other settings, and other models, to be measured on the same.
package struct RankerComparison {
    /// What a ranker predicts for the exposures that are measured, shape `[candidates, tasks]` each.
    package struct Predictions {
        /// Before calibration.
        package let scores: Matrix
        /// Calibrated once, as when it was trained.
        package let calibrated: Matrix
        /// Calibrated anew each night.
        package let recalibrated: Matrix
    }

    /// What is learned from.
    package var learned: RankerDataset { learnedExposures.dataset }
    /// What is measured on: later days.
    package var measured: RankerDataset { measuredExposures.dataset }
    /// The settings of the run's ranker.
    package var configuration: RankerConfiguration { ranker.ranker.configuration }
    /// The first of the days measured, and the day after the last.
    package private(set) var days: Range<PostgresDate>

    private let ranker: TrainedRanker
    private let base: BaseTower
    private let context: StepContext
    private var learnedDayCount: Int
    private var learnedExposures: RankerExposures
    private var measuredExposures: RankerExposures
    private let threadCount: Int

    /// Reads the exposures from the database that the job has filled.
    ///
    /// - Parameter job: As it was when it ran.
    /// - Throws: ``PipelineError`` when no run of the job has an evaluation ranker, or nothing was shown
    ///   on the days held out.
    package init(_ job: JobFile, _ connection: Connection) throws {
        let catalog = try SQLCatalog.locate()
        let row = try connection.first(
            try catalog.script("evaluate/newest_ranker").query(["job_name": Bind(job.name)]),
            as: (Int64, Int64, PostgresDate).self)
        guard let (modelID, runID, date) = row, let dates = job.settings.rankerDates(for: date)
        else {
            throw PipelineError(
                "no run of the job \(job.name) has a ranker that is measured",
                hint: "Run the job with exposures, a time split and ranker_days.")
        }
        let context = StepContext(
            connection: connection, catalog: catalog, runID: runID, asOfDate: date,
            codeVersion: "", stop: StopSignal(), progress: { _ in })
        (ranker, base) = try RankerStore(context: context).load(modelID, job.settings)
        self.context = context
        days = dates.heldOut
        learnedDayCount = dates.learnedBefore.days.count
        learnedExposures = try Self.load(dates.learnedBefore, ranker, base, context)
        measuredExposures = try Self.load(dates.heldOut, ranker, base, context)
        threadCount = job.settings.threadCount
    }

    private static func load(
        _ days: Range<PostgresDate>, _ ranker: TrainedRanker, _ base: BaseTower,
        _ context: StepContext
    ) throws -> RankerExposures {
        let found = try RankerExposures.load(
            .init(
                days: days, knownBefore: days.upperBound,
                historyLength: ranker.ranker.configuration.historyLength, ranker: ranker),
            base, context)
        guard let found else {
            throw PipelineError(
                "nothing was shown from \(days.lowerBound) until \(days.upperBound)",
                hint: "Import the exposures of these days.")
        }
        return found
    }

    /// The same without the days measured: the last of those learned from are measured in their place,
    /// which is what settings are chosen by.
    ///
    /// - Returns: nil where no day is left to learn from.
    package func validation(days dayCount: Int) throws -> RankerComparison? {
        guard let before = try learnedExposures.withoutLast(dayCount),
            let last = try learnedExposures.last(dayCount)
        else { return nil }
        var comparison = self
        comparison.learnedExposures = before
        comparison.learnedDayCount -= dayCount
        comparison.measuredExposures = last
        comparison.days = days.lowerBound.advanced(by: -dayCount)..<days.lowerBound
        return comparison
    }

    /// Trains a ranker as the job does and predicts the exposures that are measured.
    package func predictions(
        _ configuration: RankerConfiguration, seed: UInt64
    ) throws -> Predictions {
        let (trained, _) = try RankerFitting(
            configuration: configuration, seed: seed, threadCount: threadCount
        ).fit(learnedExposures, baseModelID: ranker.baseModelID) { _ in }
        let scores = try trained.ranker.scores(of: measured.inputs, threadCount: threadCount)
        return Predictions(
            scores: scores,
            calibrated: trained.calibrator.calibrated(
                scores, tasks: measured.schema.tasks, groups: measuredExposures.candidateSurfaces,
                threadCount: threadCount),
            recalibrated: try NightlyCalibration(of: trained).calibrated(
                scores, measuredExposures, threadCount: threadCount))
    }

    /// Trains a ranker anew for each day that is measured, on as many days before it as the job's ranker
    /// has learned from and what was known of them by then: what the nightly job comes to.
    ///
    /// The tower stays the same, which is older each night than that of a job would be.
    package func retrained(
        _ configuration: RankerConfiguration, seed: UInt64
    ) throws -> Predictions {
        let tasks = measured.schema.tasks
        let shape = (rows: measured.labels.rows, columns: tasks.count)
        var scores = Matrix(rows: shape.rows, columns: shape.columns)
        var calibrated = scores
        var first = 0
        for day in days.days {
            guard let shown = try measuredExposures.on({ $0 == day.daysSinceEpoch }) else {
                continue
            }
            let learned = try Self.load(
                day.advanced(by: -learnedDayCount)..<day, ranker, base, context)
            let (trained, _) = try RankerFitting(
                configuration: configuration, seed: seed, threadCount: threadCount
            ).fit(learned, baseModelID: ranker.baseModelID) { _ in }
            let found = try trained.ranker.scores(
                of: shown.dataset.inputs, threadCount: threadCount)
            let curved = trained.calibrator.calibrated(
                found, tasks: tasks, groups: shown.candidateSurfaces, threadCount: threadCount)
            for row in 0..<found.rows {
                for column in 0..<found.columns {
                    scores[first + row, column] = found[row, column]
                    calibrated[first + row, column] = curved[row, column]
                }
            }
            first += found.rows
        }
        return Predictions(scores: scores, calibrated: calibrated, recalibrated: calibrated)
    }

    /// What another model predicts, calibrated anew each night as the ranker is; on the first day, and
    /// before, as it is.
    package func predictions(scores: Matrix) throws -> Predictions {
        Predictions(
            scores: scores, calibrated: scores,
            recalibrated: try NightlyCalibration(of: ranker, initial: Calibrator(curves: []))
                .calibrated(scores, measuredExposures, threadCount: threadCount))
    }
}
