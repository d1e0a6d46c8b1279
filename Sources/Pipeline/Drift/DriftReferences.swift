import Jobs
import Postgres

/// What data looked like when a model was trained, and scores and embeddings when it first served:
/// `monitor.drift_references` and `monitor.reference_embeddings`.
struct DriftReferences {
    let context: StepContext
    let spaceID: Int64

    /// What there is of a date before anything is published.
    private static let features = [
        "item_snapshots", "user_snapshots", "item_attributes", "user_attributes",
    ]
    /// What a publication adds.
    private static let served = ["scores", "user_embeddings", "item_embeddings"]

    /// Freezes features, attributes and labels as of the run's date: what the model learned from last.
    func freezeFeatures() throws {
        try freeze(Self.features, publicationID: nil)
    }

    /// Freezes scores and embeddings of the model's first publication, and what the training did not.
    func freezeServed(publicationID: Int64) throws {
        try freeze(Self.features + Self.served, publicationID: publicationID)
        try context.run("monitor/drift/freeze_embeddings", arguments)
    }

    private var arguments: [String: Bind] {
        ["space_id": Bind(spaceID), "as_of_date": Bind(context.asOfDate)]
    }

    private func freeze(_ subjects: [String], publicationID: Int64?) throws {
        var arguments = arguments
        arguments["subjects"] = Bind(subjects)
        arguments["publication_id"] = Bind(publicationID ?? -1)
        let unfrozen = try context.connection.value(
            try context.query("monitor/drift/unfrozen_subjects", arguments), as: [String].self)
        if !unfrozen.isEmpty {
            arguments["subjects"] = Bind(unfrozen)
            try context.run("monitor/drift/freeze_numbers", arguments)
        }
        try context.run("monitor/drift/freeze_categories", arguments)
        try context.run("monitor/drift/freeze_rates", arguments)
    }
}
