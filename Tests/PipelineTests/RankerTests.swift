import Jobs
import LinearAlgebra
import Postgres
import Ranking
import SQLCatalog
import Testing

@testable import Pipeline

/// The ranker in the nightly job: what it learns from, and what becomes of it.
@Suite struct RankerTests {
    private static let date = PlantedWorld.date
    private static let split = date.advanced(by: -7)

    private func context(
        _ connection: Connection, runID: Int64 = 1,
        progress: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> StepContext {
        StepContext(
            connection: connection, catalog: try SQLCatalog.locate(), runID: runID,
            asOfDate: Self.date, codeVersion: "test", stop: StopSignal(), progress: progress)
    }

    private func settings() throws -> PipelineSettings {
        try Nightly.ranked.withFile { try JobFile.load(path: $0).settings }
    }

    /// The tower that was trained without the days held out.
    private func base(_ context: StepContext) throws -> BaseTower {
        let modelID = try ModelStore(context: context).ofRun(purpose: "evaluation").modelID
        return try BaseTower(modelID, profileAttributes: ["device"], settings(), context)
    }

    private func exposures(_ context: StepContext) throws -> RankerExposures {
        try #require(
            try RankerExposures.load(
                .init(days: Self.split..<Self.date, knownBefore: Self.date, historyLength: 50),
                try base(context), context))
    }

    // MARK: - What it learns from

    @Test func `nothing that became known later is learned`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let context = try context(connection)
            let before = try exposures(context)
            let world = PlantedWorld()
            let (user, moment) = (world.userID(1), world.seconds(day: 19) + 40_000)
            func add(_ item: Int64, _ action: Int16, knownDay: Int) throws {
                try connection.execute(
                    """
                    insert into source.interactions
                        (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
                    values (\(user), \(item), \(action),
                        \(Timestamp(secondsSinceEpoch: moment)), \(item * 100 + Int64(action)),
                        \(Timestamp(secondsSinceEpoch: world.seconds(day: knownDay))), 2)
                    """)
            }
            // Late exposures and labels of a day that is learned, and what happens from the date on.
            for item in 0..<20 {
                try add(world.itemID(item), PlantedWorld.impression, knownDay: 21)
                try add(world.itemID(item), PlantedWorld.like, knownDay: 22)
            }
            #expect(try exposures(context).dataHash == before.dataHash)
            // What became known in time is learned.
            try add(world.itemID(50), PlantedWorld.impression, knownDay: 20)
            let after = try exposures(context)
            #expect(after.dataHash != before.dataHash)
            #expect(after.knownDays.count == before.knownDays.count + 1)
        }
    }

    @Test func `each exposure has the labels of its day`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let exposures = try exposures(try context(connection))
            let labels = exposures.dataset.labels
            let names = exposures.dataset.schema.tasks.map(\.name)
            #expect(names == ["like", "long_view"], "tasks that nobody did are left out")
            let counts = try connection.first(
                """
                select count(*), count(*) filter (where liked), count(*) filter (where viewed)
                from (
                    select bool_or(action_id = 3) as liked, bool_or(action_id = 8) as viewed
                    from source.interactions
                    where occurred_at >= \(Self.split)::date::timestamp at time zone 'UTC'
                    group by user_id, item_id, (occurred_at at time zone 'UTC')::date
                ) as e
                """, as: (Int, Int, Int).self)
            let (shown, liked, viewed) = try #require(counts)
            #expect(labels.rows == shown)
            #expect((0..<shown).count { labels[$0, 0] == 1 } == liked)
            #expect((0..<shown).count { labels[$0, 1] == 1 } == viewed)
        }
    }

    @Test func `every action that anybody does is a number, whatever its name`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            try connection.execute(
                "update source.actions set action_name = 'heart' where action_name = 'like'")
            let inputs = try exposures(try context(connection)).dataset
            let user = Set(inputs.schema.context.numbers)
            let item = Set(inputs.schema.candidate.numbers)
            for name in ["heart_rate", "heart_rate_7d", "long_view_rate", "long_view_rate_7d"] {
                #expect(user.contains(name) && item.contains(name), "\(name)")
            }
            #expect(user.contains("heart_rate_1d"))
            // Nobody follows anybody in this world.
            #expect(!user.contains("follow_rate") && !item.contains("follow_rate"))
            #expect(item.isSuperset(of: RankerView.pairNumberNames))
            for column in 0..<inputs.inputs.candidates.numbers.columns {
                let numbers = inputs.inputs.candidates.numbers
                #expect((0..<numbers.rows).contains { !numbers[$0, column].isNaN })
            }
        }
    }

    @Test func `training reads of a day what serving reads as of it`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let context = try context(connection)
            let base = try base(context)
            let world = PlantedWorld()
            let users = [3, 5, 8, 40].map(world.userID)
            let items = (0..<30).map { world.itemID($0 * 3) }
            // Shown on the date of the run; no snapshot knows it.
            let events = users.flatMap { user in
                items.map {
                    PlantedWorld.Event(
                        user: user, item: $0, action: PlantedWorld.like,
                        occurredAt: world.seconds(day: world.dayCount) + 100)
                }
            }
            try world.write(events, to: connection)
            let trained = try #require(
                try RankerExposures.load(
                    .init(
                        days: Self.date..<Self.date.advanced(by: 1),
                        knownBefore: Self.date.advanced(by: 1), historyLength: 20), base, context))

            let schema = trained.dataset.schema
            let itemNumbers = schema.candidate.numbers.dropLast(RankerView.pairNumberNames.count)
            let view = try RankerView(base, asOf: Self.date, context).selecting(Array(itemNumbers))
            let page = try view.page(of: users, buckets: UserTable.allBuckets)
                .selecting(schema.context.numbers)
            #expect(page.users.ids == users)
            var builder = RankerInputsBuilder(historyLength: 20)
            for row in users.indices {
                let indexes = items.map { UInt32(view.ids.index(of: $0)) }
                builder.add(
                    row, of: page, view, items: indexes, surfaces: indexes.map { _ in -1 },
                    embeddingRow: { $0 })
            }
            let serving = try builder.inputs(
                contextNames: schema.context.numbers, candidateNames: schema.candidate.numbers,
                embeddings: view.directions)
            let training = trained.dataset.inputs
            // Not a number where something is not known: bits compare.
            func bits(_ matrix: Matrix) -> [UInt32] { matrix.elements.map(\.bitPattern) }
            #expect(bits(training.contexts.numbers) == bits(serving.contexts.numbers))
            #expect(training.contexts.ids == serving.contexts.ids)
            #expect(bits(training.candidates.numbers) == bits(serving.candidates.numbers))
            #expect(training.candidates.ids == serving.candidates.ids)
            #expect(training.candidates.idOffsets == serving.candidates.idOffsets)
            for context in users.indices {
                let (one, other) = (training.histories[context], serving.histories[context])
                #expect(one.count == other.count && one.count > 0)
                for (left, right) in zip(one, other) {
                    #expect(
                        training.embeddings[row: Int(left)] == serving.embeddings[row: Int(right)])
                }
            }
        }
    }

    // MARK: - What becomes of it

    @Test func `a publication is ranked by the ranker of its tower's run`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let (rankerID, runID) = try #require(
                try connection.first(
                    """
                    select m.model_id, m.run_id from serving.publications as p
                    inner join serving.pointer using (publication_id)
                    inner join model.models as m on m.model_id = p.ranker_model_id
                    where m.kind = 'ranker' and m.purpose = 'serving' and m.run_id = p.run_id
                    """, as: (Int64, Int64).self))
            let terms = try connection.query(
                "select term_name from serving.publication_terms order by place", as: String.self)
            #expect(terms == ["affinity", "popularity", "freshness", "like", "long_view"])
            let (least, greatest, different) = try #require(
                try connection.first(
                    """
                    select min(term_value), max(term_value), count(distinct term_value)
                    from serving.recommendation_terms
                    where term = 'like' and publication_id = (
                        select publication_id from serving.pointer)
                        and user_id in (select user_id from feature.user_histories)
                    """, as: (Double, Double, Int).self))
            #expect(least >= 0 && greatest <= 1 && different > 100)
            // Stored with its base and its curves; the base is the tower that did not know the days.
            let base = try connection.value(
                """
                select b.purpose from model.models as r
                inner join model.models as b on b.model_id = r.base_model_id
                where r.model_id = \(rankerID) and b.run_id = \(runID)
                """, as: String.self)
            #expect(base == "evaluation")
            let curves = try connection.query(
                "select task_name from model.calibrations where model_id = \(rankerID) order by 1",
                as: String.self)
            #expect(curves == ["like", "long_view"])
        }
    }

    @Test func `it predicts what users do on the days held out`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            func figure(_ kind: String, _ name: String, _ protocol: String) throws -> Double? {
                try connection.first(
                    """
                    select value from monitor.model_quality
                    where kind = \(kind) and metric_name = \(name) and protocol like \(`protocol`)
                    """, as: Double.self)
            }
            for name in ["like_auc", "long_view_auc"] {
                // Whether an item is of the user's group is all there is to know, and most items shown are:
                // nobody can do better than 0.6.
                let auc = try #require(try figure("ranker", name, "%before them"))
                #expect(auc > 0.57, "\(name) \(auc)")
                #expect(try figure("logistic", name, "%before them") != nil)
            }
            let error = try #require(try figure("ranker", "like_calibration_error", "%each night"))
            #expect(error < 0.1)
        }
    }

    @Test func `what is read back scores as what was saved`() throws {
        try Databases.withRankedPublication { connection, _ throws in
            let context = try context(connection)
            let rankerID = try connection.value(
                "select model_id from model.models where kind = 'ranker' and purpose = 'serving'",
                as: Int64.self)
            let (ranker, base) = try RankerStore(context: context).load(rankerID, settings())
            let exposures = try exposures(context)
            let (again, _) = try RankerFitting(
                configuration: ranker.ranker.configuration, seed: 1, threadCount: 1
            ).fit(exposures, baseModelID: base.modelID) { _ in }
            #expect(again.ranker == ranker.ranker)
            #expect(again.calibrator == ranker.calibrator)
        }
    }

    @Test func `a second attempt trains no ranker again`() throws {
        try Databases.withRankedPublication { connection, uri throws in
            let jobs = try Connection(uri, applicationName: "ranker")
            defer { jobs.close() }
            try jobs.setRole("vitrine_job")
            func rankers() throws -> [Int64] {
                try connection.query(
                    "select model_id from model.models where kind = 'ranker' order by 1",
                    as: Int64.self)
            }
            let before = try rankers()
            #expect(before.count == 2)
            let step = try Nightly.ranked.withFile { path -> (any Step)? in
                let file = try JobFile.load(path: path)
                return file.step("train", file.settings)
            }
            let runID = try connection.value("select max(run_id) from ops.runs", as: Int64.self)
            _ = try #require(step).run(in: context(jobs, runID: runID))
            #expect(try rankers() == before)
        }
    }

    @Test func `without exposures there is no ranker, and lists all the same`() throws {
        try Databases.withWorld { connection, uri throws in
            var nightly = Nightly.ranked
            nightly.settings["ranker_tasks"] = "[hide]"
            var lines: [String] = []
            try nightly.run(on: uri) { event in
                if case .progress(_, let line) = event { lines.append(line) }
            }
            #expect(lines.contains("no exposures to learn from: no ranker for serving"))
            #expect(lines.contains("no ranker: candidates are not scored by task"))
            let (rankers, lists) = try #require(
                try connection.first(
                    """
                    select
                        (select count(*) from model.models where kind = 'ranker'),
                        (select count(*) from serving.recommendation_lists)
                    """, as: (Int, Int).self))
            #expect(rankers == 0 && lists > 200)
        }
    }
}
