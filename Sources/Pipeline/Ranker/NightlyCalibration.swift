import LinearAlgebra
import Ranking

/// A ranker that stays the same for days, calibrated anew each night on what became known in the days
/// before.
///
/// What moves first is how often users act at all; which of two candidates they prefer moves slowly.
struct NightlyCalibration {
    /// Days before each day that count.
    let dayCount: Int
    /// For days before which nothing is known of the exposures.
    let initial: Calibrator

    /// On as many days as the ranker was calibrated on.
    ///
    /// - Parameter initial: The ranker's when nil.
    init(of ranker: TrainedRanker, initial: Calibrator? = nil) {
        dayCount = max(ranker.ranker.configuration.validationDays, 1)
        self.initial = initial ?? ranker.calibrator
    }

    /// Calibrates scores of exposures, each day by curves of its own.
    ///
    /// - Parameter scores: Shape `[candidates, tasks]`, of the exposures' candidates and tasks.
    /// - Throws: `RankerError` for scores that are not finite.
    func calibrated(
        _ scores: Matrix, _ exposures: RankerExposures, threadCount: Int
    ) throws -> Matrix {
        var settings = Calibrator.Settings()
        // What a ranker departs by that stays the same grows day by day: it is not special to one.
        settings.shrinkage = 0
        let (tasks, days) = (exposures.dataset.schema.tasks, exposures.dataset.days)
        let offsets = exposures.dataset.inputs.candidateOffsets
        var predictions = Matrix(rows: scores.rows, columns: scores.columns)
        var start = 0
        while start < days.count {
            let day = days[start]
            let end = days[start...].firstIndex { $0 != day } ?? days.count
            let rows = Array(offsets[start]..<offsets[end])
            let newest = (day - Int32(dayCount))..<day
            let known = exposures.knownDays.indices.filter {
                newest.contains(exposures.knownDays[$0])
            }
            let calibrator =
                known.isEmpty
                ? initial
                : try Calibrator(
                    tasks: tasks, scores: scores.rows(known),
                    labels: exposures.dataset.labels.rows(known),
                    groups: known.map { exposures.candidateSurfaces[$0] }, settings: settings)
            let result = calibrator.calibrated(
                scores.rows(rows), tasks: tasks,
                groups: rows.map { exposures.candidateSurfaces[$0] }, threadCount: threadCount)
            for (place, row) in rows.enumerated() {
                for column in 0..<result.columns {
                    predictions[row, column] = result[place, column]
                }
            }
            start = end
        }
        return predictions
    }
}
