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
        try save(
            reports.flatMap { report in
                report.values.map { value in
                    Figure(
                        cohort: report.cohort ?? "all", name: value.name, cutoff: value.k,
                        value: value.value, lower: value.lower, upper: value.upper,
                        userCount: value.userCount)
                }
            }, of: modelID, protocol: summary)
    }

    /// A row of `model.metrics`.
    struct Figure {
        var cohort: String
        var name: String
        var cutoff: Int
        var value: Double
        var lower: Double?
        var upper: Double?
        var userCount: Int
    }

    /// Writes figures in place of those that a model has under the protocol, in the transaction that is
    /// open.
    ///
    /// - Returns: Rows written.
    func save(_ figures: [Figure], of modelID: Int64, protocol summary: String) throws -> Int {
        try context.run(
            "evaluate/clear_protocol", ["model_id": Bind(modelID), "protocol": Bind(summary)])
        return try context.run(
            "evaluate/store_metrics",
            [
                "model_id": Bind(modelID),
                "protocol": Bind(summary),
                "cohorts": Bind(figures.map(\.cohort)),
                "metric_names": Bind(figures.map(\.name)),
                "cutoffs": Bind(figures.map { Int32($0.cutoff) }),
                "metric_values": Bind(figures.map(\.value)),
                "lower_bounds": Bind(figures.map { $0.lower ?? .nan }),
                "upper_bounds": Bind(figures.map { $0.upper ?? .nan }),
                "user_counts": Bind(figures.map { Int64($0.userCount) }),
            ])
    }
}
