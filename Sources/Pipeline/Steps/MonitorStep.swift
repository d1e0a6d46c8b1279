public import Jobs
import Postgres

/// Measures data, model and system after a run: every file `sql/monitor/measure_*.sql`.
public struct MonitorStep: Step {
    public let name = "monitor"

    public init() {}

    public func run(in context: StepContext) throws -> StepReport {
        let publication = try PublicationStore(context: context).ofRun()
        let arguments: [String: Bind] = [
            "run_id": Bind(context.runID), "as_of_date": Bind(context.asOfDate),
            "publication_id": Bind(publication.publicationID),
            "space_id": Bind(publication.modelID),
        ]
        return try context.connection.withTransaction {
            try context.run("monitor/clear_measures", arguments)
            var rows = 0
            for script in try context.catalog.names(in: "monitor")
            where script.hasPrefix("monitor/measure_") {
                rows += try context.run(script, arguments)
            }
            return StepReport(rowsOut: rows)
        }
    }
}
