public import Jobs
import Postgres

/// Measures data, model and system after a run: drift, every file `sql/monitor/measure_*.sql`, and of
/// embeddings and what was retrieved with them what SQL cannot compute.
///
/// A file may use the run (`run_id`, `publication_id`, `space_id`) and the parameters that all steps of the
/// job share, `as_of_date` among them.
public struct MonitorStep: Step {
    public let name = "monitor"
    private let settings: PipelineSettings

    public init(_ settings: PipelineSettings) {
        self.settings = settings
    }

    public func run(in context: StepContext) throws -> StepReport {
        let publication = try PublicationStore(context: context).ofRun()
        let ofRun: [String: Bind] = [
            "run_id": Bind(context.runID),
            "publication_id": Bind(publication.publicationID),
            "space_id": Bind(publication.modelID),
        ]
        let arguments = ofRun.merging(settings.arguments(asOf: context.asOfDate)) { own, _ in own }
        return try context.connection.withTransaction {
            try context.run("monitor/clear_measures", arguments)
            var rows = try DriftMeter(
                context: context, publicationID: publication.publicationID,
                spaceID: publication.modelID
            ).measure()
            // Before the statements: some hold it against its history.
            rows += try EmbeddingMeasures(
                context: context, spaceID: publication.modelID, seed: settings.seed
            ).record()
            rows += try RetrievalRecall(
                context: context, publicationID: publication.publicationID,
                spaceID: publication.modelID, threadCount: settings.threadCount
            ).record()
            for script in try context.catalog.names(in: "monitor")
            where script.hasPrefix("monitor/measure_") {
                rows += try context.run(script, arguments)
            }
            return StepReport(rowsOut: rows)
        }
    }
}
