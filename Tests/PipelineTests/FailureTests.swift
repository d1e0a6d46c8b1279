import Jobs
import Pipeline
import Postgres
import SQLCatalog
import Testing

/// Data that is odd, little or none: a clear message, or lists all the same.
@Suite struct FailureTests {
    /// Runs, expecting the job to fail.
    private func failure(of nightly: Nightly = Nightly(), on uri: String) -> String {
        do {
            try nightly.run(on: uri)
            return ""
        } catch {
            return "\(error)"
        }
    }

    private func expectNothingPublished(_ connection: Connection) throws {
        #expect(try connection.value("select count(*) from serving.pointer", as: Int.self) == 0)
        #expect(try connection.value("select count(*) from model.models", as: Int.self) == 0)
        let run = try connection.query(
            "select status, error_message from ops.runs", as: (String, String).self)
        #expect(run.count == 1)
        #expect(run[0].0 == "failed")
        #expect(run[0].1.hasPrefix("step validate failed: the data failed "))
    }

    @Test func `an empty database`() throws {
        try Databases.withSchema { connection, uri throws in
            let message = failure(on: uri)
            #expect(
                message == """
                    step validate failed: the data failed interactions_are_there, items_are_there, \
                    positives_are_there
                    HINT:  select * from monitor.checks where run_id = 1 says more.
                    """)
            try expectNothingPublished(connection)
            // What the hint says can be done, by those who may only read.
            try connection.setRole("vitrine_analyst")
            let found = try connection.query(
                "select check_name from monitor.checks where run_id = 1 and violation_count > 0",
                as: String.self)
            #expect(
                Set(found) == [
                    "inputs_are_there", "interactions_are_there", "items_are_there",
                    "positives_are_there",
                ])
        }
    }

    @Test(arguments: [
        ("delete from source.interactions where action_id in (3, 8)", "positives_are_there"),
        ("update source.actions set label_weight = 0", "positives_are_there"),
        ("truncate source.interactions", "interactions_are_there, positives_are_there"),
        ("truncate source.item_versions", "items_are_there"),
        (
            """
            insert into source.item_versions
                (item_id, known_at, kind, is_available, attributes, content_hash, import_id)
            select item_id, '2024-03-24 00:00+00', 'video', false, '{}', 2, 2 from source.items
            where is_available
            """, "items_are_there"
        ),
    ])
    func `nothing to learn from, or nothing to recommend`(change: String, checks: String) throws {
        try Databases.withWorld { connection, uri throws in
            #expect(try connection.execute(Query(text: change)) >= 0)
            #expect(
                failure(on: uri).hasPrefix("step validate failed: the data failed \(checks)\n"))
            try expectNothingPublished(connection)
        }
    }

    @Test func `an item that changes after the date is still there on the date`() throws {
        try Databases.withWorld { connection, uri throws in
            try connection.execute(
                """
                insert into source.item_versions
                    (item_id, known_at, kind, attributes, content_hash, import_id)
                select item_id, '2024-03-26 00:00+00', 'video', '{}', 2, 2 from source.items
                """)
            #expect(failure(of: Nightly.only(["validate"]), on: uri) == "")
        }
    }

    /// Worlds too small to learn much from.
    private static let smallWorlds: [(String, PlantedWorld)] = {
        var oneUser = PlantedWorld(userCount: 1, idleUserCount: 0)
        oneUser.activity = 1
        let oneItem = PlantedWorld(
            userCount: 12, itemCount: 1, groupCount: 1, hiddenItemCount: 0, removesItem: false)
        let twoItems = PlantedWorld(
            userCount: 12, itemCount: 2, groupCount: 1, hiddenItemCount: 0, removesItem: false)
        // A visit every ten days or so: nobody has five positives before the split.
        let few = PlantedWorld(userCount: 40, dayCount: 21, activity: 0.06)
        let oneDay = PlantedWorld(userCount: 60, dayCount: 1, removesItem: false, activity: 1)
        return [
            ("one user", oneUser), ("one item", oneItem), ("two items", twoItems),
            ("few positives", few), ("one day", oneDay),
        ]
    }()

    @Test(arguments: ["one user", "one item", "two items", "few positives", "one day"])
    func `a world too small to learn much from still has lists for everybody`(name: String) throws {
        let world = Self.smallWorlds.first { $0.0 == name }!.1
        try Databases.withSchema { connection, uri throws in
            try world.write(to: connection)
            var nightly = Nightly()
            nightly.settings["positive_actions"] = "[like]"
            try nightly.run(on: uri)
            let users = try connection.value(
                "select count(distinct user_id) from serving.current_recommendations", as: Int.self)
            #expect(users == world.userCount)
            if ["few positives", "one day", "one item"].contains(name) {
                // Nobody can be measured, and the step says so with no rows.
                let rows = try connection.value(
                    "select rows_out from ops.steps where step_name = 'evaluate'", as: Int64.self)
                #expect(rows == 0)
            }
        }
    }

    @Test(arguments: [
        ["holdout_days": "60"],
        [
            "second_stage_candidates": "5000", "list_length": "5000",
            "fallback_length": "5000",
        ],
        ["second_stage_candidates": "1", "list_length": "1", "fallback_length": "1"],
        ["snapshot_days": "1", "history_days": "1", "history_length": "1"],
        ["profile_attributes": "[device, unknown]"],
        ["profile_attributes": "[]", "popularity_days": "1"],
    ])
    func `settings at their ends`(settings: [String: String]) throws {
        try Databases.withWorld { connection, uri throws in
            try Nightly.with(settings).run(on: uri)
            let (users, longest) = try connection.query(
                """
                select count(*), max(cardinality(item_ids)) from serving.recommendation_lists
                """, as: (Int, Int32).self)[0]
            #expect(users == 240)
            // All items but the one that was removed, for a user who has liked none.
            let expected: [String: Int32] = ["5000": 119, "1": 1]
            #expect(longest == expected[settings["list_length"] ?? ""] ?? 20)
        }
    }

    @Test func `events that are older than the days of examples are named as the reason`() throws {
        try Databases.withWorld { connection, uri throws in
            try connection.execute(
                "delete from source.interactions where occurred_at >= '2024-03-14'")
            var nightly = Nightly.only(["features", "train"])
            nightly.settings["snapshot_days"] = "3"
            #expect(
                failure(of: nightly, on: uri) == """
                    step train failed: there is nothing to train on
                    HINT:  What was imported is older than snapshot_days of the job: raise that, or \
                    write item_numbers: none.
                    """)
            nightly.settings["item_numbers"] = "none"
            try nightly.run(on: uri)
        }
    }

    @Test func `those who come between training and embedding are embedded and served`() throws {
        try Databases.withWorld { connection, uri throws in
            var failure: (any Error)?
            func arrive() {
                do {
                    try connection.script(
                        """
                        insert into source.user_versions (user_id, known_at, attributes, content_hash, import_id)
                        values (77, '2024-03-24 12:00+00', '{"device": "watch"}', 1, 2);
                        insert into source.item_versions (item_id, known_at, creator_id, kind, created_at,
                            tags, attributes, content_hash, import_id)
                        values (88, '2024-03-24 12:00+00', 999, 'reel', '2024-03-24 12:00+00',
                            '{new}', '{}', 1, 2);
                        delete from feature.snapshots where as_of_date = '2024-03-25';
                        """)
                    let jobs = try Connection(uri, applicationName: "arrival")
                    defer { jobs.close() }
                    try jobs.setRole("vitrine_job")
                    var settings = PipelineSettings()
                    settings.positiveActions = ["like", "long_view"]
                    settings.snapshotDays = 10
                    _ = try FeaturesStep(settings).run(
                        in: StepContext(
                            connection: jobs, catalog: try SQLCatalog.locate(), runID: 1,
                            asOfDate: PlantedWorld.date, codeVersion: "test", stop: StopSignal(),
                            progress: { _ in }))
                } catch { failure = error }
            }
            try Nightly().run(on: uri) { event in
                if case .stepStarted("embed", _, _) = event { arrive() }
            }
            #expect(failure == nil)
            let lengths = try connection.query(
                """
                select cardinality(embedding) from model.user_embeddings where user_id = 77
                union all
                select cardinality(embedding) from model.item_embeddings where item_id = 88
                """, as: Int32.self)
            #expect(lengths == [13, 13])
            #expect(
                try connection.value(
                    "select count(*) from serving.recommend(77, 20) where source <> 'fallback'",
                    as: Int.self) == 20)
            #expect(
                try connection.value("select count(*) from serving.similar_items(88)", as: Int.self)
                    == 10)
        }
    }

    @Test func `a step without those before it says which one it needs`() throws {
        try Databases.withWorld { _, uri throws in
            let cases = [
                (["features", "embed"], "embed failed: this run has no serving model"),
                (["features", "train", "retrieve"], "retrieve failed: this run has no embeddings"),
                (["publish"], "publish failed: this run has no embeddings"),
                (
                    ["features", "train", "embed", "rank"],
                    "rank failed: this run has no candidates"
                ),
            ]
            for (steps, message) in cases {
                #expect(failure(of: Nightly.only(steps), on: uri).contains(message))
            }
        }
    }

    @Test func `a database without the schema is refused by the ledger`() throws {
        try Databases.withNothing { _, uri throws in
            #expect(failure(on: uri).contains("does not exist"))
        }
    }
}
