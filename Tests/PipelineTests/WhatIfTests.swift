import Foundation
import Postgres
import PostgresTestSupport
import Testing

/// `serving.what_if` says what ranking again would publish.
@Suite struct WhatIfTests {
    /// The rules that are on, by name; all others are off.
    static let ruleSets: [[String: String]] = [
        [:],
        [
            "creator_spacing": #"{"decay": 0.5, "floor": 0.25}"#,
            "fatigue": #"{"decay": 0.7, "floor": 0.1, "window_days": 14}"#,
            "out_of_network": #"{"multiplier": 0.6}"#,
            "freshness_boost": #"{"boost": 0.4, "half_life_hours": 100}"#,
        ],
        [
            "creator_spacing": #"{"decay": 0.8, "floor": 0.5}"#,
            "creator_cap": #"{"limit": 4}"#,
            "mmr": #"{"strength": 0.5, "window": 3}"#,
            "epsilon_exploration": """
            {"epsilon": 0.5,
             "slots": {"places": [2, 5, 6], "sources": [], "pool_size": 5, "seed": 3}}
            """,
        ],
        [
            "creator_spacing": #"{"decay": 0.5, "floor": 0.25}"#,
            "dpp": #"{"similarity": "tags", "theta": 0.6, "window": 12, "ridge": 0.01}"#,
            "thompson_exploration": """
            {"alpha": 1, "beta": 20, "exposure_limit": 40, "samples": 100,
             "slots": {"places": [1, 4], "sources": [], "pool_size": 10, "seed": 1}}
            """,
        ],
    ]

    private static let weights = ["affinity": 0.4, "popularity": 0.7, "freshness": -0.6]
    private static let weightsJSON = JSONB(
        #"{"freshness": -0.6, "popularity": 0.7, "affinity": 0.4}"#)

    @Test(arguments: ruleSets)
    func `it equals ranking again with the weights`(rules: [String: String]) throws {
        try Databases.withPublication { connection, uri throws in
            try connection.execute(
                """
                insert into serving.rules (rule_name, rule_version, is_enabled, parameters, reason)
                select distinct on (r.rule_name) r.rule_name, r.rule_version + 1, false, r.parameters, 'test'
                from serving.rules as r
                order by r.rule_name, r.rule_version desc
                """)
            for (name, parameters) in rules {
                try connection.execute(
                    """
                    update serving.rules
                    set is_enabled = true, parameters = \(JSONB(parameters))
                    where rule_name = \(name) and rule_version = 2
                    """)
            }
            let before = try publish(connection, uri)
            try connection.execute(
                """
                create temporary table expected as
                select * from serving.what_if(\(Self.weightsJSON), \(before))
                """)
            for (term, weight) in Self.weights {
                try connection.execute(
                    """
                    insert into serving.weights (weights_version, term_name, weight, reason)
                    values (3, \(term), \(weight), 'test')
                    """)
            }
            let after = try publish(connection, uri)
            let (rows, listed, moved, wrong, deviation, explored) = try connection.query(
                """
                select count(*), count(e.item_id),
                    count(*) filter (where e.old_rank is distinct from r.rank),
                    count(*) filter (where e.item_id is distinct from r.item_id),
                    max(greatest(
                        abs(e.score - r.score), abs(e.value - r.value),
                        abs(e.multiplier - r.multiplier))),
                    count(*) filter (where r.is_exploration)
                from (select * from serving.recommendations where publication_id = \(after)) as r
                full join expected as e on e.user_id = r.user_id and e.rank = r.rank
                """, as: (Int, Int, Int, Int, Double, Int).self)[0]
            #expect(rows == listed && rows > 4_000)
            #expect(wrong == 0)
            // Each operation is that of the program.
            #expect(deviation == 0)
            // The weights changed a good part.
            #expect(moved > rows / 4)
            #expect((explored > 0) == rules.keys.contains { $0.hasSuffix("exploration") })
            let old = try connection.value(
                """
                select count(*) from expected as e
                left join serving.recommendations as r
                    on r.publication_id = \(before) and r.user_id = e.user_id
                        and r.item_id = e.item_id
                where e.old_rank is distinct from r.rank
                """, as: Int.self)
            #expect(old == 0)
        }
    }

    @Test func `without other weights it is what was published`() throws {
        try Databases.withPublication { connection, _ throws in
            let differences = try connection.value(
                """
                select count(*)
                from serving.what_if('{}') as w
                full join serving.current_recommendations as r
                    on r.user_id = w.user_id and r.rank = w.rank
                where w.item_id is distinct from r.item_id or w.score is distinct from r.score
                    or w.value is distinct from r.value or w.old_rank is distinct from r.rank
                    or abs(w.multiplier - r.multiplier) > 1e-15
                """, as: Int.self)
            #expect(differences == 0)
        }
    }

    @Test func `some users are asked for alone, and a null means the current publication`() throws {
        try Databases.withPublication { connection, _ throws in
            let users = PlantedWorld().idleUsers.prefix(2) + [10_001]
            try connection.setRole("vitrine_analyst")
            let found = try connection.query(
                """
                select w.user_id, count(*) from serving.what_if('{}', null, \(Array(users))) as w
                group by w.user_id order by w.user_id
                """, as: (Int64, Int).self)
            #expect(found.map(\.0) == users.sorted())
            #expect(found.allSatisfy { $0.1 == 20 })
            let nobody = try connection.value(
                "select count(*) from serving.what_if('{}', null, '{1}')", as: Int.self)
            #expect(nobody == 0)
        }
    }

    static let refusals: [(call: String, state: String, message: String)] = [
        ("'{\"affinities\": 1}'", "22023", "the publication has no such term"),
        ("'{\"affinity\": \"1\"}'", "22023", "weights must be an object of numbers"),
        ("'{\"affinity\": null}'", "22023", "weights must be an object of numbers"),
        ("'[1]'", "22023", "weights must be an object of numbers"),
        ("null", "22023", "weights must be an object of numbers"),
        ("'{}', 99", "P0002", "there is no such publication, or it is no longer kept"),
    ]

    @Test(arguments: refusals)
    func `what cannot be asked is refused`(call: String, state: String, message: String) throws {
        try Databases.withPublication { connection, _ throws in
            let error = #expect(throws: PostgresError.self) {
                try connection.script("select * from serving.what_if(\(call))")
            }
            #expect(error?.sqlState?.rawValue == state)
            #expect(error?.message == message)
            #expect(error?.hint != nil)
        }
    }

    @Test func `a process over embeddings is refused, and so is a publication without candidates`()
        throws
    {
        try Databases.withPublication { connection, _ throws in
            try connection.execute(
                """
                insert into serving.publication_rules
                select 1, 9, 'dpp', 1, '{"similarity": "embeddings"}', false
                """)
            let embeddings = #expect(throws: PostgresError.self) {
                try connection.script("select * from serving.what_if('{}')")
            }
            #expect(embeddings?.sqlState == "0A000")
            try connection.execute("delete from serving.ranked_lists")
            let dropped = #expect(throws: PostgresError.self) {
                try connection.script("select * from serving.what_if('{}')")
            }
            #expect(dropped?.hint?.contains("keep_candidates") == true)
        }
    }

    /// Ranks and publishes as things are set now.
    private func publish(_ connection: Connection, _ uri: String) throws -> Int64 {
        try Nightly.only(["embed", "retrieve", "rank", "publish"]).run(on: uri)
        return try connection.value("select publication_id from serving.pointer", as: Int64.self)
    }
}
