import Postgres
import Testing

/// Users and items of whom next to nothing is known.
@Suite struct ColdStartTests {
    private let world = PlantedWorld()

    @Test func `a user without a history has candidates from the profile and the cohort`() throws {
        try Databases.withPublication { connection, _ throws in
            let sources = try connection.query(
                """
                select source, count(distinct user_id) from serving.candidates
                where user_id = any (\(world.idleUsers)) group by source
                """, as: (String, Int64).self)
            let reached = Dictionary(uniqueKeysWithValues: sources)
            for source in ["two_tower", "cohort_trending", "popular", "fresh"] {
                #expect(reached[source] == Int64(world.idleUserCount), "\(source)")
            }
            // What goes by a history has nothing to say.
            #expect(reached["similar_to_recent"] == nil && reached["engaged_creators"] == nil)
            let kinds = try connection.query(
                """
                select distinct list_kind from serving.current_recommendations
                where user_id = any (\(world.idleUsers))
                """, as: String.self)
            #expect(kinds == ["model"])
        }
    }

    @Test func `exploration reaches a user without a history`() throws {
        try Databases.withPublication { connection, uri throws in
            try connection.execute(
                """
                insert into serving.rules (rule_name, rule_version, is_enabled, parameters, reason)
                select rule_name, 2, true,
                    '{"epsilon": 1, "slots": {"places": [2], "sources": [7], "pool_size": 10, "seed": 1}}', 'test'
                from serving.rules where rule_name = 'epsilon_exploration'
                """)
            // Few candidates of the towers, so that what is owed exposures counts for its own source.
            try connection.execute(
                "update serving.sources set quota = 20 where source_name = 'two_tower'")
            var nightly = Nightly.serving()
            nightly.settings["second_stage_candidates"] = "\(world.itemCount)"
            try nightly.run(on: uri, date: PlantedWorld.date.advanced(by: 1))
            let explored = try connection.query(
                """
                select rank, source, propensity < 1 from serving.current_recommendations
                where user_id = any (\(world.idleUsers)) and is_exploration
                """, as: (Int32, String, Bool).self)
            #expect(explored.count == world.idleUserCount)
            #expect(explored.allSatisfy { $0 == (2, "fresh", true) })
        }
    }

    @Test func `an item without events is reached by its content and by what it is owed`() throws {
        try Databases.withPublication { connection, _ throws in
            for source in ["two_tower", "fresh"] {
                let items = try connection.query(
                    """
                    select distinct item_id from serving.candidates
                    where source = \(source) and item_id = any (\(world.hiddenItems)) order by 1
                    """, as: Int64.self)
                #expect(items == world.hiddenItems, "\(source)")
            }
            let owed = try connection.query(
                """
                select item_id from monitor.exposure_shortfall
                where exposure_count = 0 and shortfall = owed_count order by item_id
                """, as: Int64.self)
            #expect(Set(owed).isSuperset(of: world.hiddenItems))
        }
    }

    @Test func `new users and new items are cohorts of the evaluation`() throws {
        try Databases.withWorld { connection, uri throws in
            // In the days held out, users of whom a profile is known like what nobody had been shown,
            // and one item of the head.
            try connection.execute(
                """
                insert into source.interactions
                    (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
                select u.user_id, i.item_id, 3, '2024-03-20 12:00+00', 0, '2024-03-20 12:00+00', 2
                from unnest(\(world.idleUsers)) as u (user_id)
                cross join unnest(\(world.hiddenItems + [502])) as i (item_id)
                """)
            // So does one who has a history.
            try connection.execute(
                """
                insert into source.interactions
                    (user_id, item_id, action_id, occurred_at, event_key, known_at, import_id)
                select \(world.userID(0)), i.item_id, 3, '2024-03-20 12:00+00', 0, '2024-03-20 12:00+00', 2
                from unnest(\(world.hiddenItems)) as i (item_id)
                """)
            var nightly = Nightly.only(["validate", "features", "train", "evaluate"])
            nightly.evaluation["minimum_positives"] = "1"
            try nightly.run(on: uri)
            let rows = try connection.query(
                """
                select kind, cohort, user_count, value
                from monitor.model_quality
                where cohort in ('new_users', 'new_items') and metric_name = 'recall'
                order by kind, cohort
                """, as: (String, String, Int64, Double).self)
            let newUsers = try connection.value(
                """
                select count(distinct i.user_id) from source.interactions as i
                where i.action_id in (3, 8) and not exists (
                    select from source.interactions as e
                    where e.user_id = i.user_id and e.action_id in (3, 8)
                        and e.known_at < '2024-03-18 00:00+00')
                """, as: Int64.self)
            #expect(newUsers >= Int64(world.idleUserCount))
            #expect(
                rows.map { "\($0.0) \($0.1) \($0.2)" }
                    == ["funnel", "item_cosine", "popularity", "two_tower"].flatMap {
                        ["\($0) new_items 1", "\($0) new_users \(newUsers)"]
                    })
            let recall = Dictionary(
                uniqueKeysWithValues: rows.map { ("\($0.0) \($0.1)", $0.3) })
            // Who was liked by nobody is found by no baseline that counts likes.
            #expect(recall["popularity new_items"] == 0 && recall["item_cosine new_items"] == 0)
            #expect(rows.allSatisfy { (0...1).contains($0.3) })
            // They are measured apart: who counts among all has a history.
            let all = try connection.value(
                """
                select max(user_count) from monitor.model_quality
                where cohort = 'all' and metric_name = 'recall'
                """, as: Int64.self)
            #expect(all < Int64(world.userCount - world.idleUserCount + 1))
        }
    }
}
