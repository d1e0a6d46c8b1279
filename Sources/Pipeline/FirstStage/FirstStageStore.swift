import Jobs
import Postgres
import Ranking

/// First stages in `model.models` and `model.artefacts`, each beside the ranker it was distilled from.
struct FirstStageStore {
    static let kind = "first_stage"

    let context: StepContext

    /// Saves a first stage in the transaction that is open.
    ///
    /// - Parameter description: With the ranker as its base.
    func save(_ model: Ranker, _ description: ModelStore.Description) throws {
        _ = try ModelStore(context: context).save(description, artefact: model.encoded())
    }

    /// The first stage of a ranker; nil where there is none.
    func load(forRanker modelID: Int64) throws -> Ranker? {
        let found = try context.connection.first(
            try context.query("rank/first_stage_of_ranker", ["model_id": Bind(modelID)]),
            as: Int64.self)
        return try found.map {
            try Ranker(decoding: try ModelStore(context: context).bytes(of: $0))
        }
    }
}
