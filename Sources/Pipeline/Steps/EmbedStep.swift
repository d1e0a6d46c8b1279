public import Jobs
import LinearAlgebra
import Postgres
import TwoTower

/// Embeds all items and all users with the champion, which the model of the run becomes first where
/// the gate has let it through.
///
/// Embeddings that the champion has made in an earlier run stay where the towers would read the same
/// again: the result is that of embedding all.
///
/// The run's publication is opened here, so that the steps after this one go on with the same model,
/// whoever is champion by then.
public struct EmbedStep: ShardedStep {
    public let name = "embed"
    private let settings: PipelineSettings
    private let embeddings: EmbeddingSettings

    public init(_ settings: PipelineSettings, embeddings: EmbeddingSettings = EmbeddingSettings()) {
        self.settings = settings
        self.embeddings = embeddings
    }

    /// A model, and the items in the order of its vocabulary.
    private struct Towers {
        let model: TwoTowerModel
        /// Those of the job, as the model was trained.
        let settings: PipelineSettings
        var vocabularies: Vocabularies
        let items: ItemTable

        init(
            _ modelID: Int64, profileAttributes: [String], _ settings: PipelineSettings,
            _ context: StepContext
        ) throws {
            let artefact = try ModelStore(context: context).load(modelID)
            model = artefact.model
            vocabularies = artefact.vocabularies
            self.settings = settings.reading(model, profileAttributes: profileAttributes)
            items = try ItemTable.load(
                context, asOf: context.asOfDate, extending: &vocabularies,
                contentEncoders: self.settings.contentEncoders)
        }
    }

    /// Opens the publication, and embeds all items.
    public func prepare(in context: StepContext) throws -> StepReport {
        let modelID = try champion(context)
        let details = try registry(context).details(of: modelID)
        guard details.asOfDate <= context.asOfDate else {
            throw PipelineError(
                "the champion, model \(modelID), knows what became known after the date of the run",
                hint: "Run for \(details.asOfDate) or later, or promote a model that is older.")
        }
        context.progress("champion: model \(modelID), as of \(details.asOfDate)")
        let towers = try Towers(
            modelID, profileAttributes: details.profileAttributes, settings, context)
        let numbers =
            towers.settings.itemNumbers == .none
            ? nil
            : try towers.items.numbers(context, from: context.asOfDate, until: context.asOfDate)
        let store = EmbeddingStore(context: context, spaceID: modelID)
        return try context.connection.withTransaction {
            _ = try PublicationStore(context: context).open(modelID: modelID)
            try store.prepare()
            return try embedItems(
                towers, features: numbers?.matrix(day: context.asOfDate.daysSinceEpoch), store,
                context)
        }
    }

    private func embedItems(
        _ towers: Towers, features: Matrix?, _ store: EmbeddingStore, _ context: StepContext
    ) throws -> StepReport {
        let (model, catalogue, ids) = (
            towers.model, towers.items.catalogue, towers.items.ids.keys
        )
        let inputs = InputHash.all(
            try model.hashItemInputs(
                catalogue, features: features, threadCount: settings.threadCount),
            encoding: embeddings.itemEncoding, codeVersion: context.codeVersion)
        let changes = EmbeddingChanges(of: ids, inputs: inputs, stored: try store.itemInputs())
        try store.removeItems(changes.outdated)
        let matrix = try model.embedItems(
            catalogue, features: features, rows: changes.changed,
            threadCount: settings.threadCount)
        let written = try store.write(
            EmbeddingStore.Items(ids: changes.changed.map { ids[$0] }, matrix: matrix),
            madeFrom: changes.changed.map { inputs[$0] }, as: embeddings.itemEncoding)
        if changes.changed.count == ids.count {
            try measureEncodings(towers, items: matrix, store, context)
        }
        return StepReport(
            rowsIn: ids.count, rowsOut: written,
            details: [
                "model_id": .integer(Int(store.spaceID)), "items": .integer(ids.count),
                "items_embedded": .integer(changes.changed.count),
            ])
    }

    /// Measures what is lost by storing embeddings in fewer bytes: where all items are embedded anew,
    /// for otherwise nothing is there in single precision.
    ///
    /// - Parameter items: Embeddings of all items.
    private func measureEncodings(
        _ towers: Towers, items: Matrix, _ store: EmbeddingStore, _ context: StepContext
    ) throws {
        let total = try BucketPages.load(context, .whole).userCount
        guard embeddings.recallSample > 0, total > 0 else { return }
        // As many buckets as hold the sample, on average: users fall into them by their ids' bits.
        let share = Double(embeddings.recallSample) / Double(total)
        let last = min(Int((share * Double(Shard.bucketCount)).rounded(.up)), Shard.bucketCount) - 1
        var vocabularies = towers.vocabularies
        let users = try UserTable.load(
            context, towers.settings, asOf: context.asOfDate, buckets: 0...Int16(last),
            vocabularies: &vocabularies, learning: false)
        guard
            var meter = EncodingMeter(
                items: items, userCount: users.ids.count, sampleSize: embeddings.recallSample,
                threadCount: settings.threadCount)
        else { return }
        meter.add(
            UserEmbeddings(
                matrix: try towers.model.embedUsers(
                    users.sequences, userIds: users.indexes, profiles: users.profiles,
                    catalogue: towers.items.catalogue,
                    asOf: users.ids.map { _ in context.asOfDate.daysSinceEpoch },
                    threadCount: settings.threadCount),
                interestCount: towers.model.interestCount))
        try store.record(try meter.measure(), stored: embeddings)
    }

    /// Embeds the users of a shard with the model of the publication.
    public func run(_ shard: Shard, in context: StepContext) throws -> StepReport {
        let modelID = try PublicationStore(context: context).ofRunToBuild().modelID
        var towers = try Towers(
            modelID, profileAttributes: registry(context).details(of: modelID).profileAttributes,
            settings, context)
        let store = EmbeddingStore(context: context, spaceID: modelID)
        var (userCount, embeddedCount, rows) = (0, 0, 0)
        let pages = try BucketPages.load(context, shard)
        for buckets in pages.ranges {
            try context.stop.check()
            let users = try UserTable.load(
                context, towers.settings, asOf: context.asOfDate, buckets: buckets,
                vocabularies: &towers.vocabularies, learning: false)
            let written = try embed(users, buckets, towers, store, context)
            userCount += users.ids.count
            embeddedCount += written.users
            rows += written.rows
            context.progress(
                "\(userCount) of \(pages.userCount) users, \(embeddedCount) of them changed")
        }
        return StepReport(
            rowsIn: userCount, rowsOut: rows,
            details: ["users": .integer(userCount), "users_embedded": .integer(embeddedCount)])
    }

    /// Embeds those users of some buckets whose inputs have changed.
    private func embed(
        _ users: UserTable, _ buckets: ClosedRange<Int16>, _ towers: Towers,
        _ store: EmbeddingStore, _ context: StepContext
    ) throws -> (users: Int, rows: Int) {
        let days = users.ids.map { _ in context.asOfDate.daysSinceEpoch }
        let inputs = InputHash.all(
            try towers.model.hashUserInputs(
                users.sequences, userIds: users.indexes, profiles: users.profiles,
                catalogue: towers.items.catalogue, asOf: days, threadCount: settings.threadCount),
            encoding: embeddings.userEncoding, codeVersion: context.codeVersion)
        let changes = EmbeddingChanges(
            of: users.ids, inputs: inputs, stored: try store.userInputs(buckets: buckets))
        try store.removeUsers(changes.outdated, buckets: buckets)
        let matrix = try towers.model.embedUsers(
            users.sequences, userIds: users.indexes, profiles: users.profiles,
            catalogue: towers.items.catalogue, asOf: days, rows: changes.changed,
            threadCount: settings.threadCount)
        let rows = try store.write(
            EmbeddingStore.Users(
                ids: changes.changed.map { users.ids[$0] },
                embeddings: UserEmbeddings(
                    matrix: matrix, interestCount: towers.model.interestCount)),
            madeFrom: changes.changed.map { inputs[$0] }, as: embeddings.userEncoding)
        return (changes.changed.count, rows)
    }

    private func registry(_ context: StepContext) -> ModelRegistry {
        ModelRegistry(connection: context.connection, catalog: context.catalog)
    }

    /// The champion, once the gate's decision of this run is carried out.
    private func champion(_ context: StepContext) throws -> Int64 {
        let deployments = Deployments(connection: context.connection, catalog: context.catalog)
        // In a transaction of its own: nobody who decides has to wait for the embeddings.
        return try context.connection.withTransaction {
            try deployments.lock()
            let due = try context.connection.first(
                try context.query("embed/promotion_due", ["run_id": Bind(context.runID)]),
                as: (Int64, String).self)
            if let (modelID, reason) = due {
                try deployments.deploy(modelID, by: .run(context.runID), reason: reason)
                return modelID
            }
            if let champion = try deployments.champion() { return champion }
            let first = try ModelStore(context: context).ofRun(purpose: "serving")
            try deployments.deploy(
                first.modelID, by: .run(context.runID),
                reason: "there was no champion yet; the model was not measured")
            return first.modelID
        }
    }
}
