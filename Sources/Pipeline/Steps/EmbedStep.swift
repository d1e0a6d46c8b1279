public import Jobs
import LinearAlgebra
import Postgres
import TwoTower

/// Embeds all items and all users with the serving model of the run.
public struct EmbedStep: Step {
    public let name = "embed"
    private let settings: PipelineSettings

    public init(_ settings: PipelineSettings) {
        self.settings = settings
    }

    public func run(in context: StepContext) throws -> StepReport {
        let record = try ModelStore(context: context).ofRun(purpose: "serving")
        let artefact = try ModelStore(context: context).load(record.modelID)
        var vocabularies = artefact.vocabularies
        let items = try ItemTable.load(
            context, asOf: context.asOfDate, extending: &vocabularies,
            contentEncoders: artefact.model.contentNames)
        let numbers =
            artefact.model.numericFeatureNames.isEmpty
            ? nil : try items.numbers(context, from: context.asOfDate, until: context.asOfDate)
        let store = EmbeddingStore(context: context, spaceID: record.modelID)
        return try context.connection.withTransaction {
            try store.prepare()
            let itemMatrix = try artefact.model.embedItems(
                items.catalogue, features: numbers?.matrix(day: context.asOfDate.daysSinceEpoch),
                threadCount: settings.threadCount)
            let itemCount = try store.write(
                items: EmbeddingStore.Embeddings(ids: items.ids.keys, matrix: itemMatrix))
            var userCount = 0
            let total = try Int(
                context.connection.value(
                    try context.query(
                        "features/user_count", ["as_of_date": Bind(context.asOfDate)]),
                    as: Int64.self))
            for buckets in BucketPages.ranges(userCount: total) {
                try context.stop.check()
                let users = try UserTable.load(
                    context, settings, asOf: context.asOfDate, buckets: buckets,
                    vocabularies: &vocabularies, learning: false)
                let matrix = try artefact.model.embedUsers(
                    users.sequences, userIds: users.indexes, profiles: users.profiles,
                    catalogue: items.catalogue, asOf: context.asOfDate.daysSinceEpoch,
                    threadCount: settings.threadCount)
                userCount += try store.write(
                    users: EmbeddingStore.Embeddings(ids: users.ids, matrix: matrix))
                context.progress("\(userCount) of \(total) users")
            }
            return StepReport(
                rowsIn: itemCount + userCount, rowsOut: itemCount + userCount,
                details: ["items": .integer(itemCount), "users": .integer(userCount)])
        }
    }
}
