import Jobs
import Postgres
import Ranking
import SQLCatalog
import Testing

@testable import Pipeline

/// The light model of the first stage in the nightly job.
@Suite struct FirstStageDistillationTests {
    private static let date = PlantedWorld.date

    private func context(_ connection: Connection, runID: Int64 = 1) throws -> StepContext {
        StepContext(
            connection: connection, catalog: try SQLCatalog.locate(), runID: runID,
            asOfDate: Self.date, codeVersion: "test", stop: StopSignal(), progress: { _ in })
    }

    /// A job whose second stage takes few of the candidates.
    private var nightly: Nightly {
        var nightly = Nightly.ranked
        nightly.settings.merge(["second_stage_candidates": "12", "list_length": "6"]) { $1 }
        return nightly
    }

    /// Weights under which the second stage ranks otherwise than the two-tower.
    private func weighOtherwise(_ connection: Connection) throws {
        try connection.execute(
            """
            insert into serving.weights (weights_version, term_name, weight, reason)
            values (100, 'like', 1, 'test'), (100, 'popularity', 1, 'test')
            """)
        try connection.execute("update serving.sources set first_stage_places = 0")
    }

    private func distilled(
        _ connection: Connection
    ) throws -> (model: Ranker, record: FirstStageDistillation.Record)? {
        let context = try context(connection)
        let settings = try nightly.withFile { try JobFile.load(path: $0).settings }
        let store = ModelStore(context: context)
        let ranker = try #require(try store.find(kind: RankerStore.kind, purpose: "serving"))
        return try FirstStageDistillation(context: context, settings: settings, date: Self.date)
            .distil(
                rankerID: ranker.modelID,
                tower: BaseTower(
                    store.ofRun(purpose: "serving").modelID, profileAttributes: ["device"],
                    settings, context))
    }

    @Test func `it lets through more of what the second stage keeps than the tower's score does`()
        throws
    {
        try Databases.withRankedPublication { connection, _ throws in
            try weighOtherwise(connection)
            let (model, record) = try #require(try distilled(connection))
            #expect(record.keptShare > record.keptShareByTower + 0.1)
            #expect(record.measuredUserCount > 0 && record.userCount > 3 * record.measuredUserCount)
            #expect(model.schema.tasks.map(\.name) == ["kept"])
            // The same data and seed give the same bits.
            #expect(try distilled(connection)?.model == model)
        }
    }

    @Test func `the job keeps it where it is better, and the funnel asks it`() throws {
        try Databases.withRankedPublication { connection, uri throws in
            try weighOtherwise(connection)
            _ = try nightly.run(on: uri)
            let found = try #require(
                try connection.first(
                    """
                    select count(*), min((m.training ->> 'kept_share')::real
                        - (m.training ->> 'kept_share_by_tower')::real),
                        bool_and(r.kind = 'ranker' and r.purpose = m.purpose and r.run_id = m.run_id)
                    from model.models as m
                    inner join model.models as r on r.model_id = m.base_model_id
                    where m.kind = 'first_stage' and m.run_id = (select max(run_id) from ops.runs)
                    """, as: (Int64, Float, Bool).self))
            #expect(found.0 == 2 && found.1 > 0 && found.2)
            // Were the tower to decide, only its best would go on.
            let published = try connection.value(
                """
                select avg((c.source_rank > 24)::integer)::real
                from serving.current_recommendations as r
                inner join serving.candidates as c
                    on c.publication_id = r.publication_id and c.user_id = r.user_id
                    and c.item_id = r.item_id and c.source = 'two_tower'
                """, as: Float.self)
            #expect(published > 0.1)
        }
    }

    @Test func `the tower's score decides where it chooses as well`() throws {
        try Databases.withRankedPublication { connection, uri throws in
            try connection.execute(
                """
                insert into serving.weights (weights_version, term_name, weight, reason)
                values (100, 'affinity', 1, 'test')
                """)
            _ = try nightly.run(on: uri)
            let shares = try #require(
                try connection.first(
                    """
                    select (details ->> 'serving_first_stage_kept_share_by_tower')::real
                    from ops.steps where step_name = 'train' order by run_id desc limit 1
                    """, as: Float.self))
            #expect(shares == 1)
            #expect(
                try connection.value(
                    """
                    select count(*) from model.models
                    where kind = 'first_stage' and run_id = (select max(run_id) from ops.runs)
                    """, as: Int64.self) == 0)
        }
    }
}
