public import Jobs
import Postgres

/// Judges what the step monitor has measured: alerts are opened and resolved, and responded to; the
/// outbox is filled, which `vitrine respond` delivers.
public struct RespondStep: Step {
    public let name = "respond"

    public init() {}

    public func run(in context: StepContext) throws -> StepReport {
        let (alerts, responses) = try Judgement(context).pass(context)
        let readings = try context.connection.value(
            try context.query("respond/reading_count", ["run_id": Bind(context.runID)]),
            as: Int.self)
        return StepReport(
            rowsIn: readings, rowsOut: alerts.opened + alerts.resolved,
            details: [
                "opened": .integer(alerts.opened), "resolved": .integer(alerts.resolved),
                "executed": .integer(responses.executed),
                "rehearsed": .integer(responses.rehearsed),
                "refused": .integer(responses.refused), "failed": .integer(responses.failed),
                "reverted": .integer(responses.reverted),
            ])
    }
}
