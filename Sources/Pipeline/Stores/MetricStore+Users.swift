import Evaluation
import Jobs
import LinearAlgebra
import Postgres

extension MetricStore {
    /// Writes the figures of every user under an evaluation model, in the transaction that is open.
    ///
    /// - Parameter figures: Of the users of `world`, row by row.
    /// - Returns: Rows written.
    func save(
        _ figures: RankingEvaluation, in world: EvaluationWorld, of modelID: Int64
    ) throws -> Int {
        try context.run(
            "evaluate/record_measurement",
            [
                "model_id": Bind(modelID), "protocol": Bind(world.data.split.summary),
                "learned_by": Bind(world.settings.learnedBy),
                "held_out_hash": Bind(world.heldOutHash),
                "metric_names": Bind(figures.metrics.map(\.name)),
                "cutoffs": Bind(figures.metrics.map { Int32($0.cutoff) }),
                "user_count": Bind(Int64(figures.users.count)),
            ])
        return try context.connection.copyIn(
            into: "model.user_metrics", columns: ["model_id", "user_id", "cohort", "metric_values"]
        ) { writer in
            for (position, row) in figures.users.enumerated() {
                try writer.row { writer in
                    writer.append(modelID)
                    writer.append(world.users.ids[row])
                    writer.append(world.cohortNames[world.cohorts[row]])
                    writer.append(figures.values.map { $0[position] })
                }
            }
        }
    }
}

extension EvaluationWorld {
    /// Equal for the same users with the same items held out, whatever they are indexed by.
    var heldOutHash: String {
        var hash = FNV1a()
        for (row, user) in users.ids.enumerated() {
            hash.add(integer: user)
            // What is not in the catalogue has only a number of its own, given in order.
            let items = truth[row].map { index in
                data.items.ids.keys.indices.contains(Int(index))
                    ? data.items.ids.keys[Int(index)]
                    : -1 - Int64(index) + Int64(data.items.ids.count)
            }
            hash.add(integer: items.count)
            for item in items.sorted() { hash.add(integer: item) }
        }
        return hash.text
    }
}

extension PipelineSettings {
    /// What is kept from an evaluation model in training, in a word or two: models that differ in it
    /// may know what the other's protocol holds out.
    var learnedBy: String {
        self.protocol == .timeSplit ? "time_split" : "\(self.protocol.rawValue) \(heldOut.rawValue)"
    }
}
