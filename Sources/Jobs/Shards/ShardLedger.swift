import Foundation
import Postgres
import SQLCatalog

/// The rows of `ops.sharded_steps` and `ops.step_shards` of one step, and the locks of its shards.
///
/// Lives on a connection of its own, as ``RunLedger`` does. What belongs to the transaction of a shard
/// is told its connection.
final class ShardLedger {
    /// A step that was cut into shards.
    struct Cut {
        var shardCount: Int
        var isPrepared: Bool
        /// Shards that are not done, ascending.
        var missing: [Int]
    }

    private let connection: Connection
    private let catalog: SQLCatalog
    private let runID: Int64
    private let step: String

    init(connection: Connection, catalog: SQLCatalog, runID: Int64, step: String) {
        self.connection = connection
        self.catalog = catalog
        self.runID = runID
        self.step = step
    }

    /// The step as it was cut; nil when no shard of it was begun.
    func cut() throws -> Cut? {
        try connection.first(
            try script("sharded_step").query(identity), as: (Int16, Bool, [Int16]).self
        ).map { Cut(shardCount: Int($0.0), isPrepared: $0.1, missing: $0.2.map(Int.init)) }
    }

    /// Cuts the step into so many shards, unless that was done.
    ///
    /// - Throws: ``JobError/otherCut(step:runID:count:asked:)`` when it was cut into another number.
    func open(count: Int) throws {
        try connection.run(
            try script("open_sharded_step"), identity(["shard_count": Bind(Int16(count))]))
        guard let cut = try cut() else {
            preconditionFailure("a step that was opened is there")
        }
        guard cut.shardCount == count else {
            throw JobError.otherCut(
                step: step, runID: runID, count: cut.shardCount, asked: count)
        }
    }

    // MARK: - Preparation

    /// Only one process prepares the step, and opens its attempt.
    var preparationLock: AdvisoryLockKey { key("preparation") }

    /// Opens an attempt at the step in `ops.steps`, unless one is open.
    func startStep(position: Int) throws {
        try connection.run(
            try script("start_sharded_step"), identity(["position": Bind(Int16(position))]))
    }

    func recordPreparation(_ report: StepReport) throws {
        try connection.run(try script("record_preparation"), identity(try report.binds()))
    }

    // MARK: - Shards

    /// Only one process works on a shard.
    func lock(of shard: Shard) -> AdvisoryLockKey { key("\(shard.index)") }

    func start(_ shard: Shard) throws {
        try connection.run(try script("start_shard"), attempt(at: shard))
    }

    /// Closes the shard in the transaction of its rows, and the step where it was the last one.
    func finish(_ shard: Shard, report: StepReport, on connection: Connection) throws {
        var arguments = identity(try report.binds())
        arguments["shard_index"] = Bind(Int16(shard.index))
        // One after the other from here to the commit: two that end at once would each miss the other.
        try connection.lockInTransaction(key("finish"))
        try connection.run(try script("finish_shard"), arguments)
        try connection.run(try script("finish_sharded_step"), identity)
    }

    func fail(_ shard: Shard, message: String) throws {
        var arguments = attempt(at: shard)
        arguments["error_message"] = Bind(message)
        try connection.run(try script("fail_shard"), arguments)
    }

    /// What tells an attempt of this process at a shard from others.
    private func attempt(at shard: Shard) -> [String: Bind] {
        identity([
            "shard_index": Bind(Int16(shard.index)),
            "host_name": Bind(ProcessInfo.processInfo.hostName),
            "process_id": Bind(Int32(getpid())),
        ])
    }

    private func key(_ part: String) -> AdvisoryLockKey {
        AdvisoryLockKey(name: "vitrine/shard/\(runID)/\(step)/\(part)")
    }

    private var identity: [String: Bind] {
        ["run_id": Bind(runID), "step_name": Bind(step)]
    }

    private func identity(_ others: [String: Bind]) -> [String: Bind] {
        identity.merging(others) { $1 }
    }

    private func script(_ name: String) throws -> SQLScript {
        try catalog.script("run/\(name)")
    }
}
