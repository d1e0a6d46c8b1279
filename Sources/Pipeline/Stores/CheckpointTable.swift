import Jobs
import Postgres
import TwoTower

/// The checkpoint of one training, in `model.checkpoints`.
struct CheckpointTable: CheckpointStore {
    let context: StepContext
    let purpose: ModelPurpose
    /// All that decides what the training learns, as JSON: what another training left is not seen.
    let training: String

    func save(_ write: ((ArraySlice<UInt8>) throws -> Void) throws -> Void) throws {
        try context.connection.withTransaction {
            try clear()
            var number: Int32 = 0
            try write { part in
                number += 1
                var arguments = arguments
                arguments["part_number"] = Bind(number)
                arguments["content"] = Bind(Array(part))
                try context.run("train/store_checkpoint_part", arguments)
            }
        }
    }

    func part(_ number: Int) throws -> [UInt8]? {
        var arguments = arguments
        arguments["part_number"] = Bind(Int32(number + 1))
        return try context.connection.first(
            try context.query("train/checkpoint_part", arguments), as: [UInt8].self)
    }

    /// Removes what is kept, in the transaction that is open.
    func clear() throws {
        try context.run(
            "train/clear_checkpoint",
            ["run_id": Bind(context.runID), "purpose": Bind(purpose.rawValue)])
    }

    private var arguments: [String: Bind] {
        [
            "run_id": Bind(context.runID), "purpose": Bind(purpose.rawValue),
            "training": Bind(JSONB(training)),
        ]
    }
}
