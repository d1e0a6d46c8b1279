import Postgres
import SQLCatalog
import Testing

/// `publish/violations` holds a publication that breaks a rule; and the lists that everyone gets.
@Suite struct PublishTests {
    private let date = day("2024-03-29")

    /// Users 1 and 2 with lists over items 10 and 11, all in order.
    private func withLists(_ body: (SQLDatabase, Int64) throws -> Void) throws {
        try SQLDatabase.with { database in
            try database.addUsers(1...2, knownAt: "2024-01-01")
            try database.addItems(
                "(10, '2024-01-01', 5, '{}', true), (11, '2024-01-01', 5, '{}', true), (12, '2024-01-01', 5, '{}', false)"
            )
            try database.interactAtOnce([(1, 11, "like", "2024-03-28")])
            try database.buildFeatures(asOf: date)
            let publication = try database.openPublication(run: 1, asOf: date)
            try database.recommend([10, 11], to: 1, in: publication)
            try database.recommend([11], to: 2, in: publication)
            try body(database, publication)
        }
    }

    private func violations(_ database: SQLDatabase, _ publication: Int64) throws -> [String] {
        try database.table(
            script: "publish/violations",
            ["publication_id": Bind(publication), "as_of_date": Bind(date)])
    }

    @Test func `good lists break no rule`() throws {
        try withLists { database, publication in
            let found = try violations(database, publication)
            #expect(found == [])
        }
    }

    static let breaches: [(change: String, rows: [String])] = [
        (
            "delete from serving.recommendation_lists where user_id = 2",
            ["(\"a user has no list\",1)"]
        ),
        ("delete from serving.recommendation_lists", ["(\"a user has no list\",2)"]),
        (
            "update serving.recommendation_lists set item_ids = '{10,10}' where user_id = 1",
            ["(\"a list holds an item twice\",1)"]
        ),
        (
            "update serving.recommendation_lists set item_ids = '{12}' where user_id = 2",
            ["(\"a list holds an item that was removed\",1)"]
        ),
        (
            "insert into source.item_versions (item_id, known_at, kind, is_available, attributes, content_hash, import_id) values (11, '2024-03-28', 'post', false, '{}', 0, 1)",
            ["(\"a list holds an item that was removed\",2)"]
        ),
        (
            "update serving.recommendation_lists set item_ids = '{10,999}' where user_id = 1",
            ["(\"a list holds an item that is not known\",1)"]
        ),
        (
            "update serving.recommendation_lists set item_ids = '{10,null}' where user_id = 1",
            ["(\"a list holds an item that is not known\",1)"]
        ),
        (
            "update serving.recommendation_lists set scores = '{1,0.51}' where user_id = 1",
            ["(\"a score is not the sum of weight times term, times the multipliers\",1)"]
        ),
        (
            "update serving.recommendation_lists set scores = '{1,NaN}' where user_id = 1",
            ["(\"a score is not the sum of weight times term, times the multipliers\",1)"]
        ),
        (
            "update serving.recommendation_lists set scores = '{Infinity}', terms = '{Infinity}' where user_id = 2",
            ["(\"a score is not the sum of weight times term, times the multipliers\",1)"]
        ),
        (
            "update serving.recommendation_lists set scores = '{null}' where user_id = 2",
            ["(\"a score is not the sum of weight times term, times the multipliers\",1)"]
        ),
        (
            "update serving.recommendation_lists set terms = '{1,0.51}' where user_id = 1",
            ["(\"a score is not the sum of weight times term, times the multipliers\",1)"]
        ),
        (
            "insert into serving.publications (run_id, as_of_date, model_id, weights_version, status, published_at) values (9, '2024-03-30', 1, 1, 'published', '2024-03-30'); insert into serving.pointer (publication_id, flipped_at) values (2, '2024-03-30')",
            ["(\"a publication as of a later date is current\",1)"]
        ),
        (
            "update serving.publication_terms set weight = 2",
            ["(\"a score is not the sum of weight times term, times the multipliers\",3)"]
        ),
        (
            "update serving.recommendation_lists set item_ids = '{12}', scores = '{2}' where user_id = 2",
            [
                "(\"a list holds an item that was removed\",1)",
                "(\"a score is not the sum of weight times term, times the multipliers\",1)",
            ]
        ),
    ]

    @Test(arguments: breaches)
    func `a broken rule is named with a count`(change: String, rows: [String]) throws {
        try withLists { database, publication in
            try database.execute(change)
            #expect(try violations(database, publication) == rows)
        }
    }

    @Test func `scores may differ from their sum by less than a millionth`() throws {
        try withLists { database, publication in
            try database.execute(
                "update serving.recommendation_lists set scores = '{1.0000009}' where user_id = 2")
            #expect(try violations(database, publication) == [])
        }
    }

    @Test func `a removal that came after the date holds a publication with the item`() throws {
        try withLists { database, publication in
            try database.addItems("(11, '2024-03-29', 5, '{}', false)")
            #expect(
                try violations(database, publication)
                    == ["(\"a list holds an item that was removed\",2)"])
        }
    }

    @Test func `lists of unequal lengths and empty lists are refused by the table`() throws {
        try withLists { database, _ in
            for change in ["scores = '{1,2,3}'", "item_ids = '{}', scores = '{}'"] {
                let failure = try database.failure(
                    of: "update serving.recommendation_lists set \(change) where user_id = 1")
                #expect(failure == .checkViolation)
            }
        }
    }

    @Test func `fallbacks are what was liked lately, then what there is`() throws {
        try SQLDatabase.with { database in
            try database.addItems(
                (10...16).map { "(\($0), '2024-01-01', 5, '{}', \($0 != 16))" }.joined(
                    separator: ", ")
                    + ", (13, '2024-03-28', 5, '{}', false), (20, '2024-03-29', 5, '{}', true)")
            try database.interactAtOnce([
                (1, 12, "like", "2024-03-22"), (2, 12, "click", "2024-03-28"),
                (1, 11, "like", "2024-03-28"),
                (1, 10, "like", "2024-03-21 23:59"),  // eight days before
                (1, 14, "impression", "2024-03-28"), (1, 13, "like", "2024-03-28"),
                (1, 15, "like", "2024-03-29"),
            ])
            try database.buildFeatures(asOf: date)
            let publication = try database.openPublication(run: 1)
            var arguments = SQLDatabase.arguments(asOf: date)
            arguments["publication_id"] = Bind(publication)
            try database.run("retrieve/build_fallbacks", arguments)
            #expect(
                try database.table(
                    "select rank, item_id, positive_count from serving.fallbacks order by rank")
                    == ["(1,12,2)", "(2,11,1)", "(3,10,0)", "(4,14,0)", "(5,15,0)"])
            #expect(
                try database.table(script: "retrieve/fallbacks", arguments)
                    == ["12", "11", "10", "14", "15"].map { "(\"\",\"\",\($0))" })
        }
    }

    @Test func `a publication that is published is not opened again`() throws {
        try withLists { database, publication in
            try database.flip(to: publication)
            #expect(
                try database.connection.first(
                    try database.catalog.script("embed/open_publication").query([
                        "run_id": Bind(Int64(1)), "as_of_date": Bind(date),
                        "model_id": Bind(Int64(7)),
                    ]), as: Int64.self) == nil)
        }
    }

    @Test func `candidates come with users that have none`() throws {
        try withLists { database, publication in
            try database.execute(
                """
                insert into serving.candidate_lists (publication_id, user_id, source_id, item_ids, scores)
                values (\(publication), 1, 2, '{11}', '{3}'), (\(publication), 1, 1, '{10,11}', '{0.9,0.8}')
                """)
            let arguments = [
                "publication_id": Bind(publication), "as_of_date": Bind(date),
                "from_bucket": Bind(Int16(0)), "until_bucket": Bind(Int16(1023)),
            ]
            #expect(
                try database.table(script: "rank/candidates", arguments)
                    == ["(1,1,\"{10,11}\")", "(1,2,{11})", "(2,0,{})"])
            #expect(
                try database.table(
                    "select source, source_rank, item_id from serving.candidates order by 1, 2")
                    == ["(popular,1,11)", "(two_tower,1,10)", "(two_tower,2,11)"])
        }
    }

    @Test func `terms of items lie between 0 and 1`() throws {
        try withLists { database, _ in
            let terms = try database.catalog.script("rank/items").texts[0]
                .replacing("$1", with: "'2024-03-29'")
            let found = try database.table(
                "select item_id, popularity, freshness between 0 and 1 from (\(terms)) as t")
            #expect(found == ["(10,0,t)", "(11,1,t)", "(12,0,t)"])
        }
    }
}
