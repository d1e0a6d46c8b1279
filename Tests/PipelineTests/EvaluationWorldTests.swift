import Evaluation
import Jobs
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing
import TwoTower

@testable import Pipeline

/// One world measures any model, whatever the indexes the model was trained with.
@Suite struct EvaluationWorldTests {
    private static let date = PlantedWorld.date

    private func context(_ connection: Connection) throws -> StepContext {
        StepContext(
            connection: connection, catalog: try SQLCatalog.locate(), runID: 1, asOfDate: Self.date,
            codeVersion: "test", stop: StopSignal(), progress: { _ in })
    }

    private var settings: PipelineSettings {
        var settings = PipelineSettings()
        settings.positiveActions = ["like", "long_view"]
        settings.profileAttributes = ["device"]
        settings.snapshotDays = 10
        settings.threads = 2
        return settings
    }

    private var configuration: TwoTowerConfiguration {
        var configuration = TwoTowerConfiguration()
        configuration.embeddingDimension = 12
        configuration.itemIdDimension = 12
        configuration.epochs = 1
        configuration.batchSize = 128
        return configuration
    }

    /// The data of the split with every index the other way round.
    private func reversed(_ data: LearningData, _ context: StepContext) throws -> LearningData {
        func reversed<Key>(_ vocabulary: Vocabulary<Key>) throws -> Vocabulary<Key> {
            try #require(Vocabulary(vocabulary.keys.reversed()))
        }
        var vocabularies = Vocabularies()
        vocabularies.items = try reversed(data.vocabularies.items)
        vocabularies.users = try reversed(data.vocabularies.users)
        vocabularies.creators = try reversed(data.vocabularies.creators)
        vocabularies.tags = try reversed(data.vocabularies.tags)
        vocabularies.profile = try data.vocabularies.profile.map(reversed)
        let items = try ItemTable.load(
            context, asOf: data.split.asOfDate, extending: &vocabularies,
            contentEncoders: settings.contentEncoders)
        let users = try UserTable.load(
            context, settings, asOf: data.split.asOfDate, vocabularies: &vocabularies,
            learning: false)
        return LearningData(
            split: data.split, items: items, users: users, completeUsers: users,
            vocabularies: vocabularies)
    }

    @Test func `figures do not depend on the indexes of the world`() throws {
        try Databases.withPublication { connection, _ throws in
            let context = try context(connection)
            let data = try LearningData.load(context, settings, settings.split(for: Self.date))
            let artefact = try TrainingSet.load(data, context, settings)
                .train(configuration, settings)
            let world = try EvaluationWorld.load(data, context, settings, EvaluationSettings())
            let other = try EvaluationWorld.load(
                try reversed(data, context), context, settings, EvaluationSettings())
            #expect(world.users.count > 100 && world.users.ids == other.users.ids)
            let (figures, same) = (try world.measure(artefact), try other.measure(artefact))
            #expect(figures.values == same.values)
            #expect(figures.catalogueValues == same.catalogueValues)
            #expect(figures.report().value(.recall(at: 50))!.value > 0.5)
        }
    }

    @Test func `a model of an earlier day is measured on the same rows`() throws {
        try Databases.withPublication { connection, _ throws in
            let context = try context(connection)
            // Group 3 is published from the eighth day on: half of its items are new to this model.
            let early = TimeSplit(
                asOfDate: Self.date.advanced(by: -12), untilDate: Self.date,
                positiveActions: settings.positiveActions)
            let build = Nightly.with(["holdout_days": "12", "snapshot_days": "5"])
            try build.only(["features"]).run(on: try TestServer.uri(database: connection.database))
            var older = settings
            older.snapshotDays = 5
            let artefact = try TrainingSet.load(
                try LearningData.load(context, older, early), context, older
            ).train(configuration, older)
            let data = try LearningData.load(context, settings, settings.split(for: Self.date))
            #expect(artefact.vocabularies.items.count < data.items.ids.count)
            let world = try EvaluationWorld.load(data, context, settings, EvaluationSettings())
            let champion = try world.measure(artefact)
            let challenger = try world.measure(
                TrainingSet.load(data, context, settings).train(configuration, settings))
            let differences = try PairedComparison(
                challenger, against: champion, cohorts: world.cohorts,
                cohortNames: world.cohortNames
            ).differences(bootstrap: Bootstrap(replicates: 10))
            #expect(differences[0].userCount == world.users.count)
            #expect(champion.report().value(.recall(at: 50))!.value > 0.3)
        }
    }

    @Test func `an artefact with other profile attributes is refused`() throws {
        try Databases.withPublication { connection, _ throws in
            let context = try context(connection)
            let data = try LearningData.load(context, settings, settings.split(for: Self.date))
            var artefact = try TrainingSet.load(data, context, settings)
                .train(configuration, settings)
            artefact.vocabularies.profile = []
            let world = try EvaluationWorld.load(data, context, settings, EvaluationSettings())
            let error = #expect(throws: PipelineError.self) { try world.measure(artefact) }
            #expect(error?.message == "the model has 0 profile attributes, the job names 1")
        }
    }

    @Test func `what is held out is counted where it cannot be measured`() throws {
        struct Given: EvaluationSplit {
            let asOfDate: PostgresDate
            let pairs: [HeldOut]
            var summary: String { "given" }
            var isByTime: Bool { true }
            func heldOut(
                of users: UserTable, items: ItemTable, _ context: StepContext
            ) -> [HeldOut] { pairs }
        }
        try Databases.withPublication { connection, _ throws in
            let context = try context(connection)
            let known = try connection.query(
                """
                select user_id, item_ids[1], positive_count from feature.user_histories
                where as_of_date = \(Self.date) and positive_count >= 5
                order by user_id limit 2
                """, as: (Int64, Int64, Int32).self)
            let new = try connection.value(
                """
                select min(v.item_id) from source.item_versions as v
                where not exists (
                    select from feature.user_histories as h
                    where h.user_id = \(known[0].0) and v.item_id = any (h.item_ids))
                """, as: Int64.self)
            let idle = PlantedWorld().idleUsers[0]
            let split = Given(
                asOfDate: Self.date,
                pairs: [
                    HeldOut(userID: known[0].0, itemIDs: [known[0].1, new, 77]),
                    HeldOut(userID: known[1].0, itemIDs: [known[1].1]),
                    HeldOut(userID: 5, itemIDs: [new, 77]),
                    HeldOut(userID: idle, itemIDs: [new]),
                ])
            let data = try LearningData.load(context, settings, split)
            let world = try EvaluationWorld.load(data, context, settings, EvaluationSettings())
            #expect(
                world.counts
                    == HeldOutCounts(
                        pairs: 7, unknownUsers: 1, unknownUserPairs: 2, usersWithFewPositives: 1,
                        unknownItemPairs: 1, learnedPairs: 2))
            #expect(world.users.ids == [known[0].0])
            // One item of the catalogue, and one under an index of its own.
            #expect(world.truth[0].count == 2 && world.itemCount == data.items.ids.count + 1)
            var evaluation = EvaluationSettings()
            evaluation.excludesKnown = false
            evaluation.minimumPositives = 0
            let all = try EvaluationWorld.load(data, context, settings, evaluation)
            #expect(all.users.count == 3 && all.truth[0].count == 3)
            #expect(all.counts.learnedPairs == 0 && all.excluded.values.isEmpty)
        }
    }
}
