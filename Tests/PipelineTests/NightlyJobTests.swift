import Postgres
import PostgresTestSupport
import SQLCatalog
import Testing

/// What one undisturbed run of all ten steps leaves in the database.
@Suite struct NightlyJobTests {
    private func value<Value: PostgresDecodable>(
        _ text: String, as type: Value.Type = Value.self
    ) throws -> Value {
        try Databases.withPublication { connection, _ throws in
            try connection.value(Query(text: text), as: type)
        }
    }

    @Test func `every step succeeds at its first attempt and says what it did`() throws {
        try Databases.withPublication { connection, _ throws in
            let steps = try connection.query(
                """
                select step_name, position, attempt, status,
                    finished_at >= started_at and error_message is null and rows_per_second >= 0,
                    -- Where nothing is wrong, respond writes nothing.
                    rows_out > 0 or step_name = 'respond' and rows_in > 0
                from ops.steps order by position
                """, as: (String, Int16, Int32, String, Bool, Bool).self)
            #expect(steps.map(\.0) == Nightly.allSteps)
            for (index, step) in steps.enumerated() {
                #expect(
                    step == (Nightly.allSteps[index], Int16(index + 1), 1, "succeeded", true, true))
            }
            let run = try connection.query(
                """
                select status, as_of_date, attempt_count, parameters #>> '{settings,seed}',
                    finished_at is not null, error_message is null
                from ops.runs
                """, as: (String, PostgresDate, Int32, String, Bool, Bool).self)
            #expect(run.count == 1)
            #expect(run[0] == ("succeeded", PlantedWorld.date, 1, "1", true, true))
        }
    }

    @Test func `the two-tower beats popularity clearly`() throws {
        try Databases.withPublication { connection, _ throws in
            let figures = Dictionary(
                uniqueKeysWithValues: try connection.query(
                    """
                    select kind || ' ' || metric_name, value
                    from model.metrics inner join model.models using (model_id)
                    where cohort = 'all'
                    """, as: (String, Double).self))
            #expect(figures["two_tower recall"]! > 3 * figures["popularity recall"]!)
            #expect(figures["two_tower ndcg"]! > 3 * figures["popularity ndcg"]!)
            #expect(figures["funnel recall"]! > 3 * figures["popularity recall"]!)
            #expect(figures["two_tower recall"]! > 0.35)
        }
    }

    @Test func `most of what is recommended is of the user's group`() throws {
        // Topics stand in the tags; the group of a user is what most of the liked items have.
        let share = try value(
            """
            with favourites as (
                select distinct on (user_id) user_id, tag
                from feature.user_tag_affinities
                where as_of_date = '2024-03-25' and tag <> 'all'
                order by user_id, affinity desc
            )
            select avg((f.tag = any (r.tags))::integer)::float8
            from serving.current_recommendations as r
            inner join favourites as f using (user_id)
            where r.rank <= 5
            """, as: Double.self)
        #expect(share > 0.8)
    }

    @Test func `models are on record with everything that made them`() throws {
        try Databases.withPublication { connection, _ throws in
            let models = try connection.query(
                """
                select kind || ' ' || purpose, as_of_date, seed, dimension,
                    length(artefact_checksum), length(data_hash)
                from model.models order by 1
                """, as: (String, PostgresDate, Int64, Int32?, Int32?, Int32).self)
            let split = PlantedWorld.date.advanced(by: -7)
            #expect(
                models.map(\.0) == [
                    "funnel evaluation", "item_cosine evaluation", "popularity evaluation",
                    "two_tower evaluation", "two_tower serving",
                ])
            #expect(models[3] == ("two_tower evaluation", split, 1, 13, 64, 32))
            #expect(models[4] == ("two_tower serving", PlantedWorld.date, 1, 13, 64, 32))
            #expect(models[0].3 == nil && models[0].4 == nil)
        }
        let configuration = try value(
            """
            select (configuration ->> 'embedding_dimension') || ' ' || (configuration ->> 'epochs')
            from model.models where purpose = 'serving'
            """, as: String.self)
        #expect(configuration == "12 3")
        let bytes = try value(
            """
            select bool_and(m.artefact_bytes = a.bytes)
            from model.models as m
            inner join (
                select model_id, sum(length(content)) as bytes from model.artefacts group by 1
            ) as a using (model_id)
            """, as: Bool.self)
        #expect(bytes)
    }

    @Test func `measures of four subjects stand in one table with their intervals`() throws {
        try Databases.withPublication { connection, _ throws in
            let rows = try connection.query(
                """
                select kind, count(*), min(user_count) > 0,
                    bool_and(value between lower_bound and upper_bound or lower_bound is null)
                from model.metrics inner join model.models using (model_id)
                where cohort = 'all' group by kind order by kind
                """, as: (String, Int64, Bool, Bool).self)
            #expect(rows.map(\.0) == ["funnel", "item_cosine", "popularity", "two_tower"])
            for row in rows {
                // The funnel says too what is left after each of its five stages.
                #expect(row.1 == (row.0 == "funnel" ? 14 : 9) && row.2 && row.3, "\(row)")
            }
            let cohorts = try connection.value(
                """
                select count(distinct cohort) from model.metrics
                where cohort in ('new', 'low', 'medium', 'high')
                """, as: Int64.self)
            #expect(cohorts >= 1)
        }
    }

    @Test func `one publication is current, counted and deployed`() throws {
        try Databases.withPublication { connection, _ throws in
            let rows = try connection.query(
                """
                select p.status, p.user_count, p.recommendation_count, p.checksum is not null,
                    p.checksum = serving.publication_checksum(p.publication_id),
                    p.model_id = d.model_id and d.run_id = p.run_id and m.purpose = 'serving'
                from serving.pointer as c
                inner join serving.publications as p using (publication_id)
                inner join model.deployments as d on true
                inner join model.models as m on m.model_id = p.model_id
                """, as: (String, Int64, Int64, Bool, Bool, Bool).self)
            #expect(rows.count == 1)
            #expect(rows[0] == ("published", 240, 4_800, true, true, true))
            #expect(
                try connection.value(
                    "select count(*) from serving.flips where reason like 'run %'", as: Int64.self)
                    == 1)
        }
    }

    @Test func `every known user has a list`() throws {
        #expect(try value("select count(*) from source.users", as: Int64.self) == 240)
        #expect(
            try value(
                """
                select count(*) from source.users as u
                where not exists (
                    select from serving.current_recommendations as r where r.user_id = u.user_id)
                """, as: Int64.self) == 0)
        #expect(
            try value(
                """
                select value from monitor.measures
                where measure_name = 'users_without_recommendations'
                """, as: Double.self) == 0)
    }

    @Test func `the removed item is in no list, of users or of items`() throws {
        #expect(
            try value(
                """
                select count(*) from source.interactions
                where item_id = \(PlantedWorld.removedItem) and action_id in (3, 8)
                """, as: Int64.self) > 0)
        let places = [
            "serving.recommendation_lists as l where \(PlantedWorld.removedItem) = any (l.item_ids)",
            """
            serving.similar_item_lists as l
            where \(PlantedWorld.removedItem) = any (l.similar_item_ids)
            """,
            "serving.fallbacks where item_id = \(PlantedWorld.removedItem)",
            // It was removed before the date: no source proposes it.
            "serving.candidate_lists as l where \(PlantedWorld.removedItem) = any (l.item_ids)",
        ]
        for place in places {
            #expect(try value("select count(*) from \(place)", as: Int64.self) == 0, "\(place)")
        }
    }

    @Test func `nobody is recommended what they liked`() throws {
        #expect(
            try value(
                """
                select count(*)
                from serving.current_recommendations as r
                inner join source.interactions as i using (user_id, item_id)
                where i.action_id in (3, 8)
                """, as: Int64.self) == 0)
    }

    @Test func `every score is the sum of weight times term, times the multipliers`() throws {
        try Databases.withPublication { connection, _ throws in
            let (rows, difference, terms) = try connection.query(
                """
                select count(*), max(abs(r.score - t.value * coalesce(m.multiplier, 1))),
                    min(t.count)
                from serving.recommendations as r
                inner join (
                    select publication_id, user_id, rank, sum(weight * term_value) as value,
                        count(*)
                    from serving.recommendation_terms group by 1, 2, 3
                ) as t using (publication_id, user_id, rank)
                left join (
                    select publication_id, user_id, rank, ops.product(multiplier) as multiplier
                    from serving.recommendation_multipliers group by 1, 2, 3
                ) as m using (publication_id, user_id, rank)
                """, as: (Int64, Double, Int64).self)[0]
            #expect((rows, terms) == (4_800, 3))
            #expect(difference < 1e-6)
        }
    }

    @Test func `affinity is that of the embeddings, relative to the user's best candidate`() throws
    {
        let difference = try value(
            """
            with products as (
                select r.user_id, r.affinity, sum(x.u::float8 * x.i::float8) as product
                from serving.current_recommendations as r
                inner join model.user_embeddings as u
                    on u.user_id = r.user_id and u.space_id = r.model_id
                inner join model.item_embeddings as i
                    on i.item_id = r.item_id and i.space_id = r.model_id
                cross join lateral unnest(u.embedding, i.embedding) as x (u, i)
                group by r.user_id, r.item_id, r.affinity
            )
            select max(abs(p.affinity / exp(p.product - b.product) - b.affinity))
            from products as p
            inner join lateral (
                select q.product, q.affinity from products as q
                where q.user_id = p.user_id order by q.affinity desc limit 1
            ) as b on true
            """, as: Double.self)
        #expect(difference < 1e-4)
    }

    @Test func `lists are in order of score, without gaps or doubles`() throws {
        #expect(
            try value(
                """
                select count(*) from (
                    select user_id, rank, score, item_id,
                        lag(score) over list as better, row_number() over list as place,
                        count(*) over (partition by user_id, item_id) as copies
                    from serving.current_recommendations
                    window list as (partition by user_id order by rank)
                ) as r
                where r.rank <> r.place or r.score > r.better or r.copies > 1
                """, as: Int64.self) == 0)
    }

    @Test func `those without history and those without interactions are embedded`() throws {
        let world = PlantedWorld()
        try Databases.withPublication { connection, _ throws in
            #expect(
                try connection.value(
                    """
                    select count(*) from model.user_embeddings
                    where user_id = any (\(world.idleUsers)) and cardinality(embedding) = 13
                    """, as: Int.self) == world.idleUserCount)
            #expect(
                try connection.value(
                    """
                    select count(*) from model.item_embeddings
                    where item_id = any (\(world.hiddenItems)) and cardinality(embedding) = 13
                    """, as: Int.self) == world.hiddenItemCount)
            #expect(
                try connection.value(
                    """
                    select count(*) filter (where e.value = 'NaN' or abs(e.value) > 100)
                    from model.item_embeddings as i cross join unnest(i.embedding) as e (value)
                    """, as: Int.self) == 0)
        }
    }

    @Test func `no candidate vanishes between the sources and the lists`() throws {
        // Ranked rows come from candidates of the same source, and a list is short only where its
        // candidates are.
        #expect(
            try value(
                """
                select count(*) from serving.current_recommendations as r
                where not exists (
                    select from serving.candidates as c
                    where c.publication_id = r.publication_id and c.user_id = r.user_id
                        and c.item_id = r.item_id and c.source = r.source)
                """, as: Int64.self) == 0)
        #expect(
            try value(
                """
                select count(*) from (
                    select c.user_id, least(count(distinct c.item_id), 20) as expected
                    from serving.candidates as c group by c.user_id
                ) as c
                inner join serving.recommendation_lists as l using (user_id)
                where cardinality(l.item_ids) <> c.expected
                """, as: Int64.self) == 0)
    }

    @Test func `checks and measures of the run are on record`() throws {
        try Databases.withPublication { connection, _ throws in
            let checks = try connection.query(
                """
                select check_name, severity, violation_count from monitor.check_results order by 1
                """, as: (String, String, Int64).self)
            let files = try SQLCatalog.locate().names(in: "validate")
            #expect(checks.count == files.count { $0.count(where: { $0 == "/" }) == 1 })
            #expect(Set(checks.map(\.1)) == ["fail", "warn"])
            #expect(checks.allSatisfy { $0.2 == 0 })
            let levels = try connection.query(
                "select level, count(*) from monitor.measures group by level order by level",
                as: (String, Int64).self)
            #expect(levels.map(\.0) == ["data", "model", "system"])
            let steps = try connection.value(
                """
                select count(distinct subject) from monitor.measures
                where level = 'system' and unit = 'seconds'
                """, as: Int64.self)
            #expect(steps >= 8)
        }
    }
}
