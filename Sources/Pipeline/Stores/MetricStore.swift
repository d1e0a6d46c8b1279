import Evaluation
import Jobs
import Postgres

/// Measures of models, in `model.metrics`.
struct MetricStore {
    let context: StepContext

    /// Writes the figures of a model in place of those it has under the protocol, in the transaction
    /// that is open.
    ///
    /// - Parameters:
    ///   - reports: Over all users, and by cohort.
    ///   - protocol: How it was measured, in words.
    /// - Returns: Rows written.
    func save(
        _ reports: [RankingReport], of modelID: Int64, protocol summary: String
    ) throws -> Int {
        let figures = reports.flatMap { report in
            report.values.map { (cohort: report.cohort ?? "all", value: $0) }
        }
        try context.run(
            "evaluate/clear_protocol", ["model_id": Bind(modelID), "protocol": Bind(summary)])
        return try context.run(
            "evaluate/store_metrics",
            [
                "model_id": Bind(modelID),
                "protocol": Bind(summary),
                "cohorts": Bind(figures.map(\.cohort)),
                "metric_names": Bind(figures.map(\.value.name)),
                "cutoffs": Bind(figures.map { Int32($0.value.k) }),
                "metric_values": Bind(figures.map(\.value.value)),
                "lower_bounds": Bind(figures.map { $0.value.lower ?? .nan }),
                "upper_bounds": Bind(figures.map { $0.value.upper ?? .nan }),
                "user_counts": Bind(figures.map { Int64($0.value.userCount) }),
            ])
    }
}
