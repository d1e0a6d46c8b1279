import Jobs
import Postgres
import SQLCatalog

/// What follows from what a run has measured so far: alerts that open and resolve, and what is done about
/// them.
///
/// Asked before the lists of the run are published, when the checks of the data are there, and again when
/// all is measured: a rule whose measure is not there yet says nothing.
struct Judgement {
    let connection: Connection
    let catalog: SQLCatalog

    /// Reads the rules once for a run, and responds.
    func pass(
        onRun runID: Int64, asOf date: PostgresDate, said: (String) -> Void
    ) throws -> (alerts: AlertBook.Changes, responses: Responder.Changes) {
        (
            try AlertBook(connection: connection, catalog: catalog)
                .judge(runID: runID, asOf: date),
            try Responder(connection: connection, catalog: catalog)
                .respond(runID: runID, asOf: date, said: said)
        )
    }
}

extension Judgement {
    init(_ context: StepContext) {
        self.init(connection: context.connection, catalog: context.catalog)
    }

    /// Reads the rules once for the run of a step, and responds.
    func pass(
        _ context: StepContext
    ) throws -> (alerts: AlertBook.Changes, responses: Responder.Changes) {
        try context.stop.check()
        return try pass(onRun: context.runID, asOf: context.asOfDate, said: context.progress)
    }
}
