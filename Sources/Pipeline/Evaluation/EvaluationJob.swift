import Foundation
public import Jobs
public import Postgres
public import SQLCatalog
import TwoTower

/// What `vitrine evaluate` runs: the steps of a job that measuring needs, training only where there is
/// no model yet.
///
/// Without pairs, the evaluation model of the job is measured on what its protocol, or another one,
/// holds out. With pairs, the serving model is measured on those: the one in use, else the newest.
public struct EvaluationJob {
    private let file: JobFile
    private let settings: PipelineSettings
    private let modelID: Int64?
    private let pairs: HeldOutPairs?

    /// - Parameters:
    ///   - protocol: In place of the job's.
    ///   - pairs: What to measure on; what the protocol holds out when nil.
    ///   - modelID: The two-tower to measure on the pairs.
    public init(
        _ file: JobFile, protocol: EvaluationProtocol? = nil, against pairs: HeldOutPairs? = nil,
        modelID: Int64? = nil
    ) {
        precondition(modelID == nil || pairs != nil, "a model \(modelID ?? 0) without pairs")
        self.file = file
        self.settings = file.settings.under(`protocol` ?? file.settings.protocol)
        self.pairs = pairs
        self.modelID = modelID
    }

    /// The job, and the date to run it for.
    ///
    /// - Parameters:
    ///   - date: Of the model; when nil that of the newest model there is, else that of the newest
    ///     run of the job, else `today`.
    ///   - codeVersion: Models under a protocol are those of this version.
    /// - Throws: ``PipelineError`` for a model that does not exist.
    public func job(
        for date: PostgresDate?, today: PostgresDate, codeVersion: String,
        _ connection: Connection, _ catalog: SQLCatalog
    ) throws -> (job: Job, date: PostgresDate) {
        let parameters = try parameters()
        let model = try model(
            [
                "job_name": Bind(file.name), "code_version": Bind(codeVersion),
                "parameters": Bind(JSONB(parameters)),
                "as_of_date": Bind(date ?? PostgresDate.infinity),
            ], connection, catalog)
        var steps: [any Step] = []
        if model == nil {
            var training = settings
            training.models = [pairs == nil ? .evaluation : .serving]
            if let validate = file.step("validate", training) { steps.append(validate) }
            steps.append(FeaturesStep(training))
            steps.append(
                file.step("train", training)
                    ?? TrainStep(training, configuration: TwoTowerConfiguration()))
        } else {
            // Another job may have built the features anew, from other settings.
            steps.append(FeaturesStep(settings))
        }
        steps.append(
            EvaluateStep(
                settings, evaluation: file.evaluation, modelID: model?.modelID, against: pairs))
        let newestRun = try connection.first(
            try catalog.script("evaluate/newest_run").query(["job_name": Bind(file.name)]),
            as: PostgresDate.self)
        return (
            file.job(steps: steps, parameters: parameters),
            model?.asOfDate ?? date ?? newestRun ?? today
        )
    }

    private func model(
        _ arguments: [String: Bind], _ connection: Connection, _ catalog: SQLCatalog
    ) throws -> ModelStore.Record? {
        let query =
            if let modelID {
                try catalog.script("evaluate/model_of_id").query(["model_id": Bind(modelID)])
            } else {
                try catalog.script(
                    pairs == nil ? "evaluate/newest_model" : "evaluate/current_model"
                ).query(arguments)
            }
        let row = try connection.first(query, as: (Int64, PostgresDate).self)
        guard modelID == nil || row != nil else { throw ModelStore.noSuchModel }
        return row.map { ModelStore.Record(modelID: $0.0, asOfDate: $0.1) }
    }

    /// The job file with what is asked for beyond it, so that a run of the job is never taken up as
    /// one of these.
    private func parameters() throws -> String {
        var object =
            try JSONSerialization.jsonObject(with: Data(file.json.utf8)) as? [String: Any] ?? [:]
        var asked: [String: Any] = ["protocol": settings.protocol.rawValue]
        asked["against"] = pairs?.name
        asked["model"] = modelID
        object["evaluate"] = asked
        let data = try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
        return String(decoding: data, as: UTF8.self)
    }
}
