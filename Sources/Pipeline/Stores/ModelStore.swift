import Foundation
import Jobs
import Postgres
import TwoTower

/// Models and their bytes, in `model.models` and `model.artefacts`.
struct ModelStore {
    let context: StepContext

    /// Bytes of a part of an artefact: far below the gigabyte that a value may have.
    private static let partSize = 16 << 20

    /// A model as recorded.
    struct Record {
        var modelID: Int64
        var asOfDate: PostgresDate
    }

    /// What is recorded of a model beside its bytes.
    struct Description {
        var kind: String
        var purpose: String
        var asOfDate: PostgresDate
        /// JSON.
        var configuration: String
        var dataHash: String
        var seed: Int
        /// Attributes of users that it reads.
        var profileAttributes: [String] = []
        /// The model that it started from.
        var parentModelID: Int64?
        /// The two-tower that it reads, where it is a ranker.
        var baseModelID: Int64?
        var dimension: Int?
        /// JSON.
        var training = "{}"
    }

    /// Records a model, and its bytes where it has any, in the transaction that is open.
    ///
    /// - Returns: Its identifier.
    func save(_ description: Description, artefact: [UInt8]? = nil) throws -> Int64 {
        let modelID = try context.connection.value(
            try context.query(
                "train/create_model",
                [
                    "run_id": Bind(context.runID),
                    "kind": Bind(description.kind),
                    "purpose": Bind(description.purpose),
                    "as_of_date": Bind(description.asOfDate),
                    "configuration": Bind(JSONB(description.configuration)),
                    "data_hash": Bind(description.dataHash),
                    "seed": Bind(Int64(description.seed)),
                    "code_version": Bind(context.codeVersion),
                    "profile_attributes": Bind(description.profileAttributes),
                    "parent_model_id": Bind(description.parentModelID ?? -1),
                    "base_model_id": Bind(description.baseModelID ?? -1),
                    "dimension": Bind(Int32(description.dimension ?? -1)),
                    "artefact_bytes": Bind(Int64(artefact?.count ?? -1)),
                    "training": Bind(JSONB(description.training)),
                ]), as: Int64.self)
        guard let artefact else { return modelID }
        for (number, start) in stride(from: 0, to: artefact.count, by: Self.partSize).enumerated() {
            let part = artefact[start..<min(start + Self.partSize, artefact.count)]
            try context.run(
                "train/store_artefact_part",
                [
                    "model_id": Bind(modelID), "part_number": Bind(Int32(number + 1)),
                    "content": Bind(Array(part)),
                ])
        }
        try context.run("train/record_artefact_checksum", ["model_id": Bind(modelID)])
        return modelID
    }

    /// The two-tower that this run has trained for a purpose.
    ///
    /// - Throws: ``PipelineError`` when there is none.
    func ofRun(purpose: String) throws -> Record {
        guard let record = try find(purpose: purpose) else {
            throw PipelineError(
                "this run has no \(purpose) model", hint: "Put the step train into the job.")
        }
        return record
    }

    /// The model, a two-tower by default, that this run has trained for a purpose; nil when there is
    /// none.
    func find(kind: String = "two_tower", purpose: String) throws -> Record? {
        try context.connection.first(
            try context.query(
                "train/model_of_run",
                [
                    "run_id": Bind(context.runID), "kind": Bind(kind), "purpose": Bind(purpose),
                ]),
            as: (Int64, PostgresDate).self
        ).map { Record(modelID: $0.0, asOfDate: $0.1) }
    }

    /// What training said of the model for a purpose that an earlier attempt of this run has made as
    /// described, as JSON; nil when it has not.
    func finished(_ description: Description) throws -> String? {
        try context.connection.first(
            try context.query(
                "train/finished_model",
                [
                    "run_id": Bind(context.runID),
                    "kind": Bind(description.kind),
                    "purpose": Bind(description.purpose),
                    "configuration": Bind(JSONB(description.configuration)),
                    "data_hash": Bind(description.dataHash),
                    "seed": Bind(Int64(description.seed)),
                    "code_version": Bind(context.codeVersion),
                    "parent_model_id": Bind(description.parentModelID ?? -1),
                ]), as: JSONB.self
        )?.text
    }

    /// The model that a training for a purpose, on what was known before a date and with these
    /// attributes of users, may start from.
    func parent(
        purpose: String, asOf date: PostgresDate, profileAttributes: [String]
    ) throws -> Int64? {
        try context.connection.first(
            try context.query(
                "train/parent_model",
                [
                    "run_date": Bind(context.asOfDate), "purpose": Bind(purpose),
                    "as_of_date": Bind(date), "profile_attributes": Bind(profileAttributes),
                ]), as: Int64.self)
    }

    /// A two-tower, whichever run trained it.
    ///
    /// - Throws: ``PipelineError`` when there is none of that identifier.
    func twoTower(_ modelID: Int64) throws -> Record {
        let row = try context.connection.first(
            try context.query("evaluate/model_of_id", ["model_id": Bind(modelID)]),
            as: (Int64, PostgresDate).self)
        guard let row else { throw Self.noSuchModel }
        return Record(modelID: row.0, asOfDate: row.1)
    }

    static let noSuchModel = PipelineError(
        "there is no two-tower with that identifier",
        hint: "vitrine models lists those there are.")

    /// Removes what an earlier attempt of this run left of a model that is to be made, and the rankers
    /// that read it.
    func clear(_ description: Description) throws {
        try context.run(
            "train/clear_models",
            [
                "run_id": Bind(context.runID), "kind": Bind(description.kind),
                "purpose": Bind(description.purpose),
            ])
    }

    /// Reads a two-tower back.
    func load(_ modelID: Int64) throws -> ModelArtefact {
        try ModelArtefact(decoding: try bytes(of: modelID))
    }

    /// The bytes of a model.
    ///
    /// - Throws: ``PipelineError`` when they are no longer kept.
    func bytes(of modelID: Int64) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try context.connection.forEachRow(
            try context.query("train/artefact", ["model_id": Bind(modelID)]), as: [UInt8].self
        ) { bytes += $0 }
        guard !bytes.isEmpty else {
            throw PipelineError(
                "the bytes of model \(modelID) are no longer kept",
                hint: "vitrine models lists what can serve.")
        }
        return bytes
    }
}
