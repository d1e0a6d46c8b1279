import Postgres

extension MetricStore {
    /// Writes the reliability diagrams of a ranker, in the transaction that is open.
    ///
    /// - Returns: Rows written.
    func saveReliability(_ figures: RankerEvaluation.Figures, of modelID: Int64) throws -> Int {
        try figures.reliability.reduce(0) { rows, diagram in
            try rows
                + context.run(
                    "evaluate/store_reliability",
                    [
                        "model_id": Bind(modelID),
                        "protocol": Bind(figures.summary),
                        "calibrated": Bind(figures.calibrated.rawValue),
                        "task_name": Bind(diagram.task),
                        "prediction_counts": Bind(diagram.bins.map { Int64($0.count) }),
                        "mean_predictions": Bind(diagram.bins.map(\.meanPrediction)),
                        "positive_shares": Bind(diagram.bins.map(\.positiveShare)),
                    ])
        }
    }
}
