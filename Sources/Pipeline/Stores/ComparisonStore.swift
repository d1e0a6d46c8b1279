import Evaluation
import Jobs
import Postgres

/// How models differ on the same users, in `model.comparisons`.
struct ComparisonStore {
    let context: StepContext

    /// Writes by how much the figures of a model lie above those of another, in the transaction that is
    /// open.
    ///
    /// - Parameter protocol: How both were measured, in words.
    /// - Returns: Rows written.
    @discardableResult
    func save(
        _ differences: [PairedDifference], of modelID: Int64, against otherID: Int64,
        protocol summary: String
    ) throws -> Int {
        guard !differences.isEmpty else { return 0 }
        return try context.run(
            "evaluate/store_comparisons",
            [
                "model_id": Bind(modelID), "other_model_id": Bind(otherID),
                "protocol": Bind(summary),
                "cohorts": Bind(differences.map { $0.cohort ?? "all" }),
                "metric_names": Bind(differences.map(\.measure.name)),
                "cutoffs": Bind(differences.map { Int32($0.measure.k) }),
                "values": Bind(differences.map(\.first)),
                "other_values": Bind(differences.map(\.second)),
                "differences": Bind(differences.map(\.difference)),
                "lower_bounds": Bind(differences.map(\.interval.lowerBound)),
                "upper_bounds": Bind(differences.map(\.interval.upperBound)),
                "user_counts": Bind(differences.map { Int64($0.userCount) }),
            ])
    }
}
