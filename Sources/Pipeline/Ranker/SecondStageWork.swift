import Jobs
import Postgres
import Ranking
import SQLCatalog

/// What the second stage of the newest step rank has done, and how long it took.
package struct SecondStageWork {
    /// The ranker that it scored with.
    package let ranker: Ranker
    package let seconds: Double
    package let candidates: Int
    package let users: Int
    /// Events of the users' histories that the ranker reads.
    package let events: Int

    /// - Throws: ``PipelineError`` when no step has scored candidates.
    package init(_ connection: Connection) throws {
        let catalog = try SQLCatalog.locate()
        let row = try connection.first(
            try catalog.script("rank/second_stage_work").query([:]),
            as: (Int64, Int64, PostgresDate, Double, Int64, Int64, Int64).self)
        guard let (modelID, runID, date, seconds, candidates, users, events) = row else {
            throw PipelineError(
                "no step rank has scored candidates with a ranker",
                hint: "Run a job with the steps train and rank.")
        }
        let context = StepContext(
            connection: connection, catalog: catalog, runID: runID, asOfDate: date,
            codeVersion: "", stop: StopSignal(), progress: { _ in })
        ranker = try Ranker(decoding: ModelStore(context: context).bytes(of: modelID))
        self.seconds = seconds
        (self.candidates, self.users, self.events) = (Int(candidates), Int(users), Int(events))
    }
}
