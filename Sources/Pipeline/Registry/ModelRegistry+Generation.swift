public import Postgres

extension ModelRegistry {
    /// A model and the newest publication made with it, with its embeddings, its index and its lists.
    public struct Generation: Sendable, Equatable {
        public var modelID: Int64
        public var publicationID: Int64
        public var asOfDate: PostgresDate
        /// Of what it recommends; the same now as when it was published.
        public var checksum: String
    }

    /// Makes an earlier model champion again, and the newest publication made with it current, together.
    ///
    /// - Parameter modelID: nil for the model that the champion replaced when it was promoted.
    /// - Throws: ``PipelineError`` when there is none, or it is not kept whole; nothing has changed then.
    public func rollBackGeneration(to modelID: Int64? = nil, reason: String) throws -> Generation {
        try connection.withTransaction {
            let change = try rollBack(to: modelID, reason: reason)
            let generation = try generation(of: change.modelID)
            try connection.run(
                try catalog.script("publish/flip"),
                ["publication_id": Bind(generation.publicationID), "reason": Bind(reason)])
            return generation
        }
    }

    /// The generation that ``rollBackGeneration(to:reason:)`` would go to, as long as nothing changes.
    func generationBefore(_ modelID: Int64?) throws -> Generation {
        struct Rehearsed: Error {
            var generation: Generation
        }
        // The thing itself, undone: a rehearsal that checked less would promise too much.
        do {
            try connection.withTransaction { () throws -> Void in
                throw Rehearsed(
                    generation: try rollBackGeneration(to: modelID, reason: "a rehearsal"))
            }
        } catch let rehearsed as Rehearsed {
            return rehearsed.generation
        }
        preconditionFailure("a transaction that throws returned")
    }

    /// The newest publication made with a model.
    ///
    /// - Throws: ``PipelineError`` when there is none, or something of it is no longer what it was.
    private func generation(of modelID: Int64) throws -> Generation {
        let row = try connection.first(
            try catalog.script("rollback/generation").query(["model_id": Bind(modelID)]),
            as: (Int64, PostgresDate, String, String, Bool, Bool, Bool).self)
        guard
            let (
                publicationID, date, checksum, current, isIndexKept, areEmbeddingsKept,
                areBytesWhole
            ) = row
        else {
            throw PipelineError(
                "no publication made with model \(modelID) is kept",
                hint: "vitrine rollback alone lets the next run make one.")
        }
        let changed = [
            (checksum != current, "lists"), (!isIndexKept, "index"),
            (!areEmbeddingsKept, "embeddings"), (!areBytesWhole, "model"),
        ].filter(\.0).map(\.1)
        guard changed.isEmpty else {
            throw PipelineError(
                "publication \(publicationID) of model \(modelID) is not what was published: "
                    + changed.joined(separator: ", "),
                hint: "vitrine rollback alone lets the next run make another.")
        }
        return Generation(
            modelID: modelID, publicationID: publicationID, asOfDate: date, checksum: checksum)
    }
}
