import Foundation
import Jobs
import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing
import TwoTower

@testable import Pipeline

/// Who is measured is asked for once, newcomers with all others.
@Suite struct EvaluationAudienceTests {
    private static let date = PlantedWorld.date
    private let planted = PlantedWorld()

    /// Some pairs, as if they had been held out.
    private struct Given: EvaluationSplit {
        let asOfDate: PostgresDate
        let pairs: [HeldOut]
        var summary: String { "given" }
        var isByTime: Bool { true }
        func heldOut(
            of users: UserTable, items: ItemTable, _ context: StepContext
        ) -> [HeldOut] { pairs }
    }

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

    /// Of users with a history and without, in turn, an item that is not in the catalogue.
    private func audience(
        _ context: StepContext, knownCount: Int = 3
    ) throws -> EvaluationAudience {
        let known = try context.connection.query(
            """
            select user_id from feature.user_histories
            where as_of_date = \(Self.date) and positive_count >= 5 order by user_id
            limit \(knownCount)
            """, as: Int64.self)
        let users = (known + planted.idleUsers).sorted()
        let pairs = users.map { HeldOut(userID: $0, itemIDs: [1_000_000 + $0]) }
        let split = Given(asOfDate: Self.date, pairs: pairs.reversed())
        return try EvaluationAudience.load(
            LearningData.load(context, settings, split), context, settings, EvaluationSettings())
    }

    @Test func `everybody is those with a history, then newcomers`() throws {
        try Databases.withPublication { connection, _ throws in
            let audience = try audience(context(connection))
            #expect(audience.known.users.count == 3)
            #expect(audience.newcomers.users.ids == planted.idleUsers.sorted().reversed())
            #expect(
                audience.everybody.users.ids
                    == audience.known.users.ids + audience.newcomers.users.ids)
            #expect(audience.everybody.truth[audience.knownRows] == audience.known.truth)
            #expect(audience.everybody.truth[audience.newcomerRows] == audience.newcomers.truth)
            // What newcomers liked outside the catalogue is nothing to those who are measured among all.
            let catalogue = audience.known.data.items.ids.count
            #expect(audience.known.itemCount == catalogue + 3)
            #expect(audience.newcomers.itemCount == catalogue + 3 + planted.idleUserCount)
            #expect(audience.known.counts.usersWithFewPositives == planted.idleUserCount)
            #expect(audience.known.counts.unknownItemPairs == 3)
        }
    }

    @Test func `asked together, all have the lists that they have alone`() throws {
        try Databases.withPublication { connection, _ throws in
            let context = try context(connection)
            let audience = try audience(context, knownCount: 100)
            var configuration = TwoTowerConfiguration()
            configuration.embeddingDimension = 12
            configuration.itemIdDimension = 12
            configuration.epochs = 1
            let artefact = try TrainingSet.load(audience.known.data, context, settings)
                .train(configuration, settings)
            func lists(_ world: EvaluationWorld) throws -> [[[UInt32]]] {
                let embeddings = try world.embeddings(of: artefact)
                let (funnel, recall) = try world.funnelLists(
                    embeddings, rankerID: nil, clock: StageClock(), context)
                #expect(recall.values.allSatisfy { $0.count == world.users.count })
                return [
                    try world.lists(of: embeddings).items, try world.popularityLists(context),
                    world.itemCosineLists(), funnel,
                ].map { lists in (0..<lists.count).map { Array(lists[$0]) } }
            }
            let together = try lists(audience.everybody)
            for (rows, world) in [
                (audience.knownRows, audience.known), (audience.newcomerRows, audience.newcomers),
            ] {
                #expect(together.map { Array($0[rows]) } == (try lists(world)))
            }
            #expect(together.allSatisfy { $0[0].count == 50 || $0[0].count == 100 })
        }
    }

    @Test func `each source is asked once`() throws {
        try Databases.withWorld { connection, uri throws in
            try connection.execute(
                """
                insert into source.interactions
                    (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
                select u.user_id, 502, 3, '2024-03-20 12:00+00', 0, '2024-03-20 12:00+00', 2
                from unnest(\(planted.idleUsers)) as u (user_id)
                """)
            try connection.script(
                """
                create sequence public.times_asked;
                grant usage on sequence public.times_asked to public;
                insert into serving.sources
                    (source_id, source_name, quota, priority, parameters, description)
                values (20, 'counting', 5, 0, '{}', 'test');
                """)
            let home = try TestServer.temporaryDirectory("home")
            defer { try? FileManager.default.removeItem(atPath: home) }
            let original = try SQLCatalog.locate().home
            for folder in ["sql", "migrations"] {
                try FileManager.default.copyItem(
                    atPath: original.path(folder), toPath: home + "/" + folder)
            }
            try Data(
                """
                -- Nothing, and how often it was asked.
                --
                -- Params  as_of_date, from_bucket, until_bucket, quota
                select n.number as user_id, '{}'::bigint[] as item_ids, '{}'::real[] as scores
                from (select nextval('public.times_asked') as number) as n
                where :'from_bucket'::smallint <= :'until_bucket'::smallint
                    and :'as_of_date'::date is not null and :'quota'::integer = 5;
                """.utf8
            ).write(to: URL(fileURLWithPath: home + "/sql/retrieve/sources/counting.sql"))
            let job = Nightly.only(["features", "train", "evaluate"])
            let outcome = try VitrineProcess.run(
                ["run", "nightly.yaml", "--date", "\(Self.date)", "--database", uri],
                files: ["nightly.yaml": job.yaml], environment: ["VITRINE_HOME": home])
            try #require(outcome.status == 0, "\(outcome.errors)")
            #expect(
                try connection.query(
                    """
                    select distinct cohort from monitor.model_quality
                    where kind = 'funnel' and cohort in ('all', 'new_users') order by 1
                    """, as: String.self) == ["all", "new_users"])
            let times = try connection.value(
                "select last_value from public.times_asked where is_called", as: Int64.self)
            #expect(times == 1)
        }
    }
}
