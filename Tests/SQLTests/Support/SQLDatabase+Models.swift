import Postgres
import SQLCatalog

extension SQLDatabase {
    /// Records a two-tower, or a ranker that reads one, by the script of the train step.
    ///
    /// - Parameters:
    ///   - base: The two-tower that a ranker reads; nil for a two-tower.
    ///   - bytes: Whether it has an artefact.
    /// - Returns: Its identifier.
    func addModel(
        run runID: Int64, purpose: String = "serving", asOf date: PostgresDate = day("2024-03-29"),
        base: Int64? = nil, bytes: Bool = false
    ) throws -> Int64 {
        let model = try connection.value(
            try catalog.script("train/create_model").query([
                "run_id": Bind(runID), "kind": Bind(base == nil ? "two_tower" : "ranker"),
                "purpose": Bind(purpose),
                "as_of_date": Bind(date), "configuration": Bind(JSONB("{}")),
                "data_hash": Bind("0"), "seed": Bind(Int64(1)), "code_version": Bind("test"),
                "profile_attributes": Bind([String]()), "parent_model_id": Bind(Int64(-1)),
                "base_model_id": Bind(base ?? -1), "dimension": Bind(Int32(base == nil ? 2 : -1)),
                "artefact_bytes": Bind(Int64(-1)), "training": Bind(JSONB("{}")),
            ]), as: Int64.self)
        if bytes {
            try run(
                "train/store_artefact_part",
                [
                    "model_id": Bind(model), "part_number": Bind(Int32(1)),
                    "content": Bind([UInt8](repeating: 1, count: 3)),
                ])
        }
        return model
    }

    /// Records both models of a run, with bytes.
    ///
    /// - Returns: The identifiers of the evaluation model and of the serving model.
    @discardableResult
    func addPair(run runID: Int64) throws -> (evaluation: Int64, serving: Int64) {
        (
            try addModel(run: runID, purpose: "evaluation", bytes: true),
            try addModel(run: runID, bytes: true)
        )
    }

    /// Makes a model champion, by the script of the command.
    func deploy(
        _ model: Int64, as kind: String = "promote", run runID: Int64 = -1, reason: String = "test"
    ) throws {
        try run(
            "promote/deploy",
            [
                "model_id": Bind(model), "kind": Bind(kind), "run_id": Bind(runID),
                "reason": Bind(reason),
            ])
    }

    /// Puts the last deployment at a moment of the test's choice.
    func dateLastDeployment(_ moment: String) throws {
        try execute(
            """
            update model.deployments set deployed_at = '\(moment)'
            where deployment_id = (select max(d.deployment_id) from model.deployments as d)
            """)
    }
}
