import Postgres
import SQLCatalog
import Testing

/// What analysts read of the funnel, on a publication made by hand.
@Suite struct ExplanationTests {
    /// User 1 liked items 20 and 21 and has items 10 and 11, proposed by two sources; user 2 has the
    /// popular item 11.
    private func withFunnel(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database in
            try database.addUsers(1...2, knownAt: "2024-01-01")
            try database.addItems(
                [10, 11, 12, 13, 20, 21].map { "(\($0), '2024-01-01', 5, '{}', true)" }
                    .joined(separator: ", "))
            try database.interactAtOnce([
                (1, 20, "like", "2024-03-20"), (1, 21, "like", "2024-03-25"),
            ])
            try database.buildFeatures(asOf: day("2024-03-29"))
            let publication = try database.openPublication(run: 1)
            try database.execute(
                """
                select ops.ensure_list_partition('model', 'item_vectors', 1);
                insert into model.item_vectors (space_id, item_id, components) values
                    (1, 10, '{1,0,9}'), (1, 11, '{0,2,9}'), (1, 20, '{3,0,-9}'), (1, 21, '{3,4,0}');
                insert into serving.publication_terms (publication_id, place, term_name, weight)
                values (1, 1, 'affinity', 1), (1, 2, 'hide', -2);
                insert into serving.publication_rules
                    (publication_id, place, rule_name, rule_version, parameters, has_multiplier)
                values (1, 1, 'fatigue', 3, '{}', true), (1, 2, 'creator_spacing', 1, '{}', true),
                    (1, 3, 'creator_cap', 1, '{}', false);
                insert into serving.recommendation_lists
                    (publication_id, user_id, item_ids, scores, terms, multipliers, source_ids,
                     slot_kinds, propensities, because_item_ids)
                values
                    (1, 1, '{10,11}', '{0.25,0.25}', '{0.75,0.125,0.25,0}', '{0.5,1,1,1}', '{1,2}',
                     '{0,1}', '{1,0.05}', '{20,21}'),
                    (1, 2, '{11}', '{0}', '{0,0}', '{1,1}', '{3}', '{0}', '{1}', '{}');
                insert into serving.candidate_lists
                    (publication_id, user_id, source_id, item_ids, scores)
                values (1, 1, 1, '{10,12}', '{3,2}'), (1, 1, 2, '{11,10,13}', '{9,8,7}'),
                    (1, 2, 2, '{13}', '{7}');
                insert into serving.candidate_fates (publication_id, user_id, source_id, fate_ids)
                values (1, 1, 1, '{50,40}'), (1, 1, 2, '{51,1,18}'), (1, 2, 2, '{18}');
                insert into serving.funnel_counts
                    (publication_id, source_id, fate_id, first_bucket, candidate_count)
                values (1, 1, 50, 0, 1), (1, 1, 40, 0, 1), (1, 2, 51, 0, 1), (1, 2, 1, 0, 1),
                    (1, 2, 18, 0, 1), (1, 2, 18, 512, 1);
                """)
            try database.flip(to: publication)
            try database.connection.setRole("vitrine_analyst")
            try body(database)
        }
    }

    // MARK: - serving.explain

    @Test func `an item is explained by everything its score is made of`() throws {
        try withFunnel { database throws in
            #expect(
                try database.table(
                    """
                    select rank, score, value, multiplier, is_exploration, propensity, publication_id,
                        model_id, ranker_model_id, weights_version, as_of_date
                    from serving.explain(1, 10)
                    """) == ["(1,0.25,0.5,0.5,f,1,1,1,,2,2024-03-29)"])
            let parts = try database.connection.query(
                "select terms, multipliers, sources, because from serving.explain(1, 10)",
                as: (JSONB, JSONB, JSONB, JSONB).self)[0]
            #expect(
                parts.0.text == """
                    {"hide": {"term": 0.125, "weight": -2, "contribution": -0.25}, \
                    "affinity": {"term": 0.75, "weight": 1, "contribution": 0.75}}
                    """)
            #expect(
                parts.1.text == """
                    {"fatigue": {"version": 3, "multiplier": 0.5}, \
                    "creator_spacing": {"version": 1, "multiplier": 1}}
                    """)
            #expect(
                parts.2.text
                    == #"{"popular": {"rank": 2, "score": 8}, "two_tower": {"rank": 1, "score": 3}}"#
            )
            // Cosines without the last component.
            #expect(
                parts.3.text == """
                    [{"cosine": 1, "item_id": 20, "liked_date": "2024-03-20"}, \
                    {"cosine": 0.6, "item_id": 21, "liked_date": "2024-03-25"}]
                    """)
        }
    }

    static let texts: [(item: Int, text: String)] = [
        (
            10,
            """
            Item 10 stands at place 1 with a score of 0.2500. \
            Proposed by two_tower (place 1), popular (place 2). \
            Because the user liked item 20 (on 2024-03-20, cosine 1.00), \
            item 21 (on 2024-03-25, cosine 0.60). \
            The value is 0.5000: affinity 0.7500 (1 × 0.7500), hide -0.2500 (-2 × 0.1250). \
            Rules: fatigue × 0.5000. \
            Publication 1, model 1, weights 2, as of 2024-03-29.
            """
        ),
        (
            11,
            """
            Item 11 stands at place 2 with a score of 0.2500. Proposed by popular (place 1). \
            Because the user liked item 21 (on 2024-03-25, cosine 0.80), \
            item 20 (on 2024-03-20, cosine 0.00). \
            The value is 0.2500: affinity 0.2500 (1 × 0.2500). \
            The place was given to exploration; the item had a chance of 0.0500. \
            Publication 1, model 1, weights 2, as of 2024-03-29.
            """
        ),
    ]

    @Test(arguments: texts) func `the text says it in words`(item: Int, text: String) throws {
        try withFunnel { database throws in
            #expect(
                try database.connection.query(
                    "select explanation from serving.explain(1, \(item))", as: String.self) == [
                        text
                    ])
        }
    }

    @Test func `the ranker behind the terms is named`() throws {
        try withFunnel { database throws in
            try database.connection.setRole("vitrine_job")
            try database.execute(
                "update serving.publications set ranker_model_id = 7 where publication_id = 1")
            let (ranker, text) = try database.connection.query(
                "select ranker_model_id, explanation from serving.explain(1, 10)",
                as: (Int64, String).self)[0]
            #expect(ranker == 7)
            #expect(
                text.hasSuffix(
                    "Publication 1, model 1, ranker 7, weights 2, as of 2024-03-29."))
        }
    }

    @Test func `what is named outlives histories and embeddings`() throws {
        try withFunnel { database throws in
            try database.connection.setRole("vitrine_job")
            try database.execute(
                "delete from feature.user_histories; delete from model.item_vectors")
            #expect(
                try database.connection.query(
                    "select because from serving.explain(1, 10)", as: JSONB.self
                ).map(\.text) == [#"[{"cosine": null, "item_id": 20, "liked_date": null}]"#])
            let text = try database.connection.value(
                "select explanation from serving.explain(1, 10)", as: String.self)
            #expect(text.contains("Because the user liked item 20. "))
        }
    }

    @Test func `an item that is not in the list has no explanation, and a fallback a short one`()
        throws
    {
        try withFunnel { database throws in
            #expect(try database.table("select rank from serving.explain(1, 12)") == [])
            #expect(try database.table("select rank from serving.explain(3, 10)") == [])
            #expect(
                try database.connection.query(
                    "select explanation from serving.explain(2, 11)", as: String.self) == [
                        """
                        Item 11 stands at place 1 with a score of 0.0000. The value is 0.0000. \
                        Publication 1, model 1, weights 2, as of 2024-03-29.
                        """
                    ])
        }
    }

    // MARK: - serving.why_not

    static let fates: [(user: Int, item: Int, rows: [String])] = [
        (
            1, 10,
            ["(two_tower,1,3,published,best)", "(popular,2,8,merge,duplicate)"]
        ),
        (1, 11, ["(popular,1,9,published,exploration)"]),
        (1, 12, ["(two_tower,2,2,rerank,below_length)"]),
        (1, 13, ["(popular,3,7,filter,seen)"]),
        (1, 20, ["(,,,source,not_proposed)"]),
        (1, 99, ["(,,,source,unknown_item)"]),
        (2, 11, ["(fallback,,,published,fallback)"]),
        (2, 13, ["(popular,1,7,filter,seen)"]),
        (3, 10, ["(,,,source,unknown_user)"]),
    ]

    @Test(arguments: fates) func `every proposal says where it went`(
        user: Int, item: Int, rows: [String]
    ) throws {
        try withFunnel { database throws in
            #expect(
                try database.table(
                    """
                    select source, source_rank, source_score, stage, reason
                    from serving.why_not(\(user), \(item))
                    """) == rows)
            #expect(
                try database.table(
                    "select from serving.why_not(\(user), \(item)) where description is null") == []
            )
        }
    }

    @Test func `every fate is told with its description`() throws {
        try withFunnel { database throws in
            try database.connection.setRole("vitrine_job")
            let fates = try database.connection.query(
                "select fate_id, stage, reason, description from serving.fates order by fate_id",
                as: (Int16, String, String, String).self)
            #expect(fates.count >= 17)
            for (id, stage, reason, description) in fates {
                try database.execute(
                    "update serving.candidate_fates set fate_ids[2] = \(id) where source_id = 1")
                let told = try database.connection.query(
                    "select stage, reason, description from serving.why_not(1, 12)",
                    as: (String, String, String).self)
                #expect(told.count == 1)
                #expect(told.first.map { $0 == (stage, reason, description) } == true)
            }
            try database.execute("delete from serving.candidate_fates")
            #expect(
                try database.table("select stage, reason from serving.why_not(1, 12)")
                    == ["(source,not_ranked)"])
        }
    }

    static let calls = [
        "serving.why_not(1, 10, 2)", "serving.explain(1, 10, 2)",
        "serving.what_if('{}', 2)",
    ]

    @Test(arguments: calls) func `a publication that is not there is an error`(call: String) throws
    {
        try withFunnel { database throws in
            #expect(try database.failure(of: "select * from \(call)") == "P0002")
            try database.connection.setRole("vitrine_job")
            try database.execute("delete from serving.pointer")
            let before = call.replacing(", 2)", with: ")")
            let error = #expect(throws: PostgresError.self) {
                try database.execute("select * from \(before)")
            }
            #expect(error?.message == "nothing is published yet")
        }
    }

    // MARK: - Views

    @Test func `the views of terms and multipliers have a row for each`() throws {
        try withFunnel { database throws in
            #expect(
                try database.table(
                    """
                    select rank, item_id, term, term_value, weight, contribution
                    from serving.recommendation_terms where user_id = 1 order by rank, term
                    """) == [
                        "(1,10,affinity,0.75,1,0.75)", "(1,10,hide,0.125,-2,-0.25)",
                        "(2,11,affinity,0.25,1,0.25)", "(2,11,hide,0,-2,-0)",
                    ])
            #expect(
                try database.table(
                    """
                    select rank, item_id, rule, rule_version, multiplier
                    from serving.recommendation_multipliers where user_id = 1 order by rank, rule
                    """) == [
                        "(1,10,creator_spacing,1,1)", "(1,10,fatigue,3,0.5)",
                        "(2,11,creator_spacing,1,1)", "(2,11,fatigue,3,1)",
                    ])
        }
    }

    @Test func `the funnel shows what came to each stage of a source, and what became of it`()
        throws
    {
        try withFunnel { database throws in
            #expect(
                try database.table(
                    """
                    select stage, in_count, kept_count, reason, reason_count
                    from monitor.funnel
                    where source = 'popular' and stage <> 'rank'
                    order by stage_place, reason
                    """) == [
                        "(merge,4,3,duplicate,1)", "(filter,3,1,seen,2)", "(first_stage,1,1,,0)",
                        "(rerank,1,1,,0)", "(published,1,1,exploration,1)",
                    ])
        }
    }
}
