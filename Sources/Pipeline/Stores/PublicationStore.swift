import Jobs
import Postgres

/// The publication that a run builds.
struct PublicationStore {
    let context: StepContext

    struct Record {
        var publicationID: Int64
        /// The model behind it, and the space of its embeddings.
        var modelID: Int64
        var weightsVersion: Int32
        var isPublished: Bool
        /// Whether its lists are gone.
        var isDropped: Bool
        /// Whether the step retrieve has been at work.
        var hasCandidates: Bool
    }

    /// Opens the publication of the run, or finds the one that an earlier attempt opened.
    ///
    /// - Parameter modelID: The model behind it, and the space of its embeddings.
    /// - Returns: Its identifier.
    /// - Throws: ``PipelineError`` when it is published already, or is no longer kept.
    func open(modelID: Int64) throws -> Int64 {
        let publicationID = try context.connection.first(
            try context.query(
                "embed/open_publication",
                [
                    "run_id": Bind(context.runID), "as_of_date": Bind(context.asOfDate),
                    "model_id": Bind(modelID),
                ]), as: Int64.self)
        guard let publicationID else {
            _ = try ofRunIfKept()
            throw Self.isPublishedAlready
        }
        return publicationID
    }

    private static let isPublishedAlready = PipelineError(
        "the publication of this run is published already")

    /// The publication of the run, which is still being built.
    ///
    /// - Throws: ``PipelineError`` when the run has none yet, or it is published already or no longer
    ///   kept.
    func ofRunToBuild() throws -> Record {
        let record = try ofRunIfKept()
        guard !record.isPublished else { throw Self.isPublishedAlready }
        return record
    }

    /// The publication of the run, whose lists are there or are being made.
    ///
    /// - Throws: ``PipelineError`` when the run has none yet, or it is no longer kept.
    func ofRunIfKept() throws -> Record {
        let record = try ofRun()
        guard !record.isDropped else { throw Self.isDropped }
        return record
    }

    private static let isDropped = PipelineError(
        "the publication of this run is no longer kept",
        hint: "Begin a new run: vitrine run --fresh.")

    /// The publication of the run, kept or not.
    ///
    /// - Throws: ``PipelineError`` when the run has none yet.
    func ofRun() throws -> Record {
        let row = try context.connection.first(
            try context.query("retrieve/publication_of_run", ["run_id": Bind(context.runID)]),
            as: (Int64, Int64, Int32, String, Bool).self)
        guard let (publicationID, modelID, weightsVersion, status, hasCandidates) = row else {
            throw PipelineError(
                "this run has no embeddings", hint: "Put the step embed into the job.")
        }
        return Record(
            publicationID: publicationID, modelID: modelID, weightsVersion: weightsVersion,
            isPublished: status == "published", isDropped: status == "dropped",
            hasCandidates: hasCandidates)
    }
}

extension PublicationStore {
    /// The source of what everyone falls back on: a row of `serving.sources` that proposes nothing.
    static let fallbackSource: Int16 = 3
}
