public import Jobs
import LinearAlgebra
import Postgres
import TwoTower

/// Embeds all items and all users with the champion, which the model of the run becomes first where
/// the gate has let it through.
///
/// The run's publication is opened here, so that the steps after this one go on with the same model,
/// whoever is champion by then.
public struct EmbedStep: Step {
    public let name = "embed"
    private let settings: PipelineSettings
    private let embeddings: EmbeddingSettings

    public init(_ settings: PipelineSettings, embeddings: EmbeddingSettings = EmbeddingSettings()) {
        self.settings = settings
        self.embeddings = embeddings
    }

    public func run(in context: StepContext) throws -> StepReport {
        let modelID = try champion(context)
        let model = try ModelRegistry(connection: context.connection, catalog: context.catalog)
            .details(of: modelID)
        guard model.asOfDate <= context.asOfDate else {
            throw PipelineError(
                "the champion, model \(modelID), knows what became known after the date of the run",
                hint: "Run for \(model.asOfDate) or later, or promote a model that is older.")
        }
        context.progress("champion: model \(modelID), as of \(model.asOfDate)")
        let artefact = try ModelStore(context: context).load(modelID)
        let settings = settings.reading(
            artefact.model, profileAttributes: model.profileAttributes)
        var vocabularies = artefact.vocabularies
        let items = try ItemTable.load(
            context, asOf: context.asOfDate, extending: &vocabularies,
            contentEncoders: settings.contentEncoders)
        let numbers =
            settings.itemNumbers == .none
            ? nil : try items.numbers(context, from: context.asOfDate, until: context.asOfDate)
        let store = EmbeddingStore(context: context, spaceID: modelID)
        return try context.connection.withTransaction {
            _ = try PublicationStore(context: context).open(modelID: modelID)
            try store.prepare()
            let itemMatrix = try artefact.model.embedItems(
                items.catalogue, features: numbers?.matrix(day: context.asOfDate.daysSinceEpoch),
                threadCount: settings.threadCount)
            let itemCount = try store.write(
                EmbeddingStore.Items(ids: items.ids.keys, matrix: itemMatrix),
                as: embeddings.itemEncoding)
            var (userCount, userRows) = (0, 0)
            let total = try Int(
                context.connection.value(
                    try context.query(
                        "features/user_count", ["as_of_date": Bind(context.asOfDate)]),
                    as: Int64.self))
            var meter = EncodingMeter(
                items: itemMatrix, userCount: total, sampleSize: embeddings.recallSample,
                threadCount: settings.threadCount)
            for buckets in BucketPages.ranges(userCount: total) {
                try context.stop.check()
                let users = try UserTable.load(
                    context, settings, asOf: context.asOfDate, buckets: buckets,
                    vocabularies: &vocabularies, learning: false)
                let matrix = try artefact.model.embedUsers(
                    users.sequences, userIds: users.indexes, profiles: users.profiles,
                    catalogue: items.catalogue,
                    asOf: users.ids.map { _ in context.asOfDate.daysSinceEpoch },
                    threadCount: settings.threadCount)
                let embedded = UserEmbeddings(
                    matrix: matrix, interestCount: artefact.model.interestCount)
                userRows += try store.write(
                    EmbeddingStore.Users(ids: users.ids, embeddings: embedded),
                    as: embeddings.userEncoding)
                meter?.add(embedded)
                userCount += users.ids.count
                context.progress("\(userCount) of \(total) users")
            }
            try store.record(try meter?.measure() ?? [], stored: embeddings)
            return StepReport(
                rowsIn: itemCount + userCount, rowsOut: itemCount + userRows,
                details: [
                    "model_id": .integer(Int(modelID)), "items": .integer(itemCount),
                    "users": .integer(userCount),
                ])
        }
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
