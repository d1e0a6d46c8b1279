/// A step whose work goes user by user, so that several processes can share it.
///
/// What it makes of a user must not depend on the shard that the user lies in: any number of shards
/// gives the same rows.
public protocol ShardedStep: Step {
    /// Does what is not by user, once for a run and before any shard.
    ///
    /// May be killed and done again, and then removes what the earlier attempt has left.
    func prepare(in context: StepContext) throws -> StepReport

    /// Does the work for the users of a shard, in the transaction that is open.
    ///
    /// Removes first what an earlier attempt has left of these users, and of no others.
    ///
    /// - Returns: A report whose details are counts: those of all shards are added up.
    func run(_ shard: Shard, in context: StepContext) throws -> StepReport
}

extension ShardedStep {
    /// Does the whole step in this process.
    public func run(in context: StepContext) throws -> StepReport {
        let preparation = try prepare(in: context)
        let work = try context.connection.withTransaction { try run(.whole, in: context) }
        return preparation.adding(work)
    }
}

extension StepReport {
    /// What two parts of a step say together.
    func adding(_ other: StepReport) -> StepReport {
        func sum(_ left: Int?, _ right: Int?) -> Int? {
            left == nil && right == nil ? nil : (left ?? 0) + (right ?? 0)
        }
        return StepReport(
            rowsIn: sum(rowsIn, other.rowsIn), rowsOut: sum(rowsOut, other.rowsOut),
            details: details.merging(other.details) { $1 })
    }
}
