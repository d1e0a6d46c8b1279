import Postgres
import SQLCatalog
import Testing

/// The ledger of champions, what the gate leaves in tables, and what retention may not touch.
@Suite struct RegistryTests {
    /// The serving models 2, 4 and 6 of runs 1, 2 and 3, champions from the 1st, 2nd and 3rd.
    private func withChampions(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database throws in
            for run in 1...3 {
                let pair = try database.addPair(run: Int64(run))
                try database.deploy(
                    pair.serving, as: "gate", run: Int64(run), reason: "run \(run)")
                try database.dateLastDeployment("2024-03-0\(run)")
            }
            try body(database)
        }
    }

    private func champion(_ database: SQLDatabase) throws -> [String] {
        try database.table(script: "promote/champion")
    }

    private func before(_ database: SQLDatabase) throws -> [String] {
        try database.table(script: "rollback/champion_before")
    }

    private func path(_ database: SQLDatabase, _ steps: Int) throws -> [String] {
        try database.table("select * from model.rollback_path(\(steps))")
    }

    // MARK: - The ledger

    static let moments: [(moment: String, model: String)] = [
        ("2024-02-29 23:59:59.999999", "()"), ("-infinity", "()"), ("2024-03-01 00:00", "(2)"),
        ("2024-03-02 23:59:59.999999", "(4)"), ("2024-03-03", "(6)"), ("infinity", "(6)"),
    ]

    @Test(arguments: moments)
    func `a moment has the champion of then`(moment: String, model: String) throws {
        try withChampions { database throws in
            #expect(
                try database.table("select model.champion_at('\(moment)')") == [model])
        }
    }

    @Test func `the view says who was champion, from when until when, and why`() throws {
        try withChampions { database throws in
            try database.execute("set time zone 'UTC'")
            #expect(
                try database.table(
                    """
                    select model_id, champion_from::date, champion_until::date, replaced_model_id,
                        kind, run_id, deployed_by = session_user, reason
                    from monitor.champions order by deployment_id
                    """) == [
                        "(2,2024-03-01,2024-03-02,,gate,1,t,\"run 1\")",
                        "(4,2024-03-02,2024-03-03,2,gate,2,t,\"run 2\")",
                        "(6,2024-03-03,,4,gate,3,t,\"run 3\")",
                    ])
        }
    }

    @Test func `deployments never go back in time`() throws {
        try withChampions { database throws in
            try database.dateLastDeployment("2200-01-01")
            try database.deploy(2)
            #expect(
                try database.table(
                    """
                    select model_id, deployed_at > '2200-01-01' from model.deployments
                    order by deployment_id desc limit 1
                    """) == ["(2,t)"])
            #expect(try champion(database) == ["(2)"])
        }
    }

    @Test(arguments: [
        "model_id, kind, run_id, deployed_by, reason, deployed_at) values (2, 'gate', null, 'x', 'x', now()",
        "model_id, kind, run_id, deployed_by, reason, deployed_at) values (2, 'promote', 1, 'x', 'x', now()",
        "model_id, kind, run_id, deployed_by, reason, deployed_at) values (2, 'gate', 1, 'x', '', now()",
        "model_id, kind, deployed_by, reason, deployed_at) values (2, 'whim', 'x', 'x', now()",
        "model_id, replaced_model_id, kind, deployed_by, reason, deployed_at) values (2, 2, 'promote', 'x', 'x', now()",
    ])
    func `the ledger refuses what says too little`(row: String) throws {
        try withChampions { database throws in
            #expect(
                try database.failure(of: "insert into model.deployments (\(row))")
                    == .checkViolation)
        }
    }

    @Test func `each roll-back goes back by one more`() throws {
        try withChampions { database throws in
            var found: [[String]] = []
            for model in [4, 2] as [Int64] {
                found.append(try before(database))
                try database.deploy(model, as: "rollback")
            }
            #expect(found == [["(4)"], ["(2)"]])
            #expect(try before(database) == [])
        }
    }

    @Test func `a promotion after a roll-back is rolled back to what it replaced`() throws {
        try withChampions { database throws in
            try database.deploy(2, as: "rollback")
            try database.deploy(6, as: "promote")
            #expect(try before(database) == ["(2)"])
        }
    }

    @Test func `roll-backs never lead forth, whatever was promoted twice`() throws {
        try withChampions { database throws in
            try database.deploy(4)
            // 2, 4, 6, and 4 again.
            #expect(try path(database, 9) == ["(1,6)", "(2,4)", "(3,2)"])
            #expect(try path(database, 2) == ["(1,6)", "(2,4)"])
            for (model, left) in [(6, ["(1,4)", "(2,2)"]), (4, ["(1,2)"]), (2, [])]
                as [(Int64, [String])]
            {
                try database.deploy(model, as: "rollback")
                #expect(try path(database, 9) == left)
            }
        }
    }

    @Test func `who is named in a roll-back is rolled back from its own promotion`() throws {
        try withChampions { database throws in
            try database.deploy(2, as: "rollback")
            // Forth again, past its promotion.
            try database.deploy(6, as: "rollback")
            #expect(try path(database, 9) == ["(1,4)", "(2,2)"])
            // Never promoted: nothing stands before it.
            let pair = try database.addPair(run: 4)
            try database.deploy(pair.serving, as: "rollback")
            #expect(try path(database, 9) == [])
        }
    }

    @Test func `without a champion there is none before`() throws {
        try SQLDatabase.with { database throws in
            #expect(try champion(database) == [])
            #expect(try before(database) == [])
        }
    }

    // MARK: - The gate

    private func decide(
        _ database: SQLDatabase, _ outcome: String, of challenger: Int64, against champion: Int64
    ) throws {
        try database.run(
            "evaluate/record_decision",
            [
                "run_id": Bind(Int64(3)), "challenger_model_id": Bind(challenger),
                "champion_model_id": Bind(champion), "protocol": Bind("split"),
                "outcome": Bind(outcome), "reasons": Bind(["better", "calibrated"]),
                "challenger_slope": Bind(0.9), "champion_slope": Bind(Double.nan),
            ])
    }

    /// Models 2 and 4, the former champion; and 6, of run 3, which the gate has judged.
    private func withDecision(
        _ outcome: String, against champion: Int64, _ body: (SQLDatabase) throws -> Void
    ) throws {
        try SQLDatabase.with { database throws in
            for run in 1...3 { try database.addPair(run: Int64(run)) }
            if champion > 0 { try database.deploy(champion, as: "gate", run: 1) }
            try decide(database, outcome, of: 6, against: champion)
            try body(database)
        }
    }

    private func due(_ database: SQLDatabase) throws -> [String] {
        try database.table(script: "embed/promotion_due", ["run_id": Bind(Int64(3))])
    }

    @Test(arguments: [Int64(2), -1])
    func `what the gate lets through is due once`(champion: Int64) throws {
        try withDecision("promoted", against: champion) { database throws in
            #expect(try due(database) == ["(6,\"better; calibrated\")"])
            try database.deploy(6, as: "gate", run: 3)
            #expect(try due(database) == [])
            // A person went back: the run does not insist.
            if champion > 0 {
                try database.deploy(champion, as: "rollback")
                #expect(try due(database) == [])
            }
        }
    }

    @Test(arguments: ["passed", "refused"])
    func `what waits or was refused is not due`(outcome: String) throws {
        try withDecision(outcome, against: 2) { database throws in
            #expect(try due(database) == [])
        }
    }

    @Test func `what has lost its bytes is not due`() throws {
        try withDecision("promoted", against: 2) { database throws in
            try database.execute("delete from model.artefacts where model_id = 6")
            #expect(try due(database) == [])
        }
    }

    @Test func `what a person decided meanwhile holds`() throws {
        try withDecision("promoted", against: 2) { database throws in
            try database.deploy(4)
            #expect(try due(database) == [])
        }
    }

    @Test func `decisions and differences are seen together, and gone with a new attempt`() throws {
        try withDecision("refused", against: 2) { database throws in
            try database.run(
                "evaluate/store_comparisons",
                [
                    "model_id": Bind(Int64(6)), "other_model_id": Bind(Int64(2)),
                    "protocol": Bind("split"), "cohorts": Bind(["all", "low"]),
                    "metric_names": Bind(["ndcg", "ndcg"]), "cutoffs": Bind([Int32(20), 20]),
                    "values": Bind([0.25, 0.5]), "other_values": Bind([0.5, 0.25]),
                    "differences": Bind([-0.25, 0.25]), "lower_bounds": Bind([-0.5, 0.125]),
                    "upper_bounds": Bind([-0.125, 0.5]), "user_counts": Bind([Int64(8), 4]),
                ])
            #expect(
                try database.table(
                    """
                    select run_id, challenger_model_id, champion_model_id, cohort, difference,
                        outcome, reason
                    from monitor.model_comparisons order by cohort
                    """) == [
                        "(3,6,2,all,-0.25,refused,\"better; calibrated\")",
                        "(3,6,2,low,0.25,refused,\"better; calibrated\")",
                    ])
            let asked = { (first: Int64, second: Int64) in
                try database.table(
                    script: "compare/stored",
                    ["first_model_id": Bind(first), "second_model_id": Bind(second)])
            }
            #expect(
                try asked(6, 2) == [
                    "(split,all,ndcg,20,0.25,0.5,-0.25,-0.5,-0.125,8)",
                    "(split,low,ndcg,20,0.5,0.25,0.25,0.125,0.5,4)",
                ])
            #expect(
                try asked(2, 6) == [
                    "(split,all,ndcg,20,0.5,0.25,0.25,0.125,0.5,8)",
                    "(split,low,ndcg,20,0.25,0.5,-0.25,-0.5,-0.125,4)",
                ])
            #expect(try asked(4, 6) == [])
            try database.run("evaluate/clear_metrics", ["run_id": Bind(Int64(3))])
            #expect(try database.table("select * from model.decisions") == [])
            #expect(try database.table("select * from model.comparisons") == [])
        }
    }

    @Test func `methods are compared apart from champions, and gone with a new attempt`() throws {
        try withChampions { database throws in
            // The two-tower 1 of run 1 is measured again by run 3, beside a baseline and a funnel.
            for (kind, model) in [("popularity", 7), ("funnel", 8)] as [(String, Int64)] {
                try database.execute(
                    """
                    insert into model.models (run_id, kind, purpose, as_of_date, configuration,
                        data_hash, seed, code_version)
                    values (3, '\(kind)', 'evaluation', '2024-03-29', '{}', '', 1, '1')
                    """)
                let last = try database.table("select max(model_id) from model.models")
                #expect(last == ["(\(model))"])
            }
            for (model, other) in [(8, 1), (8, 7), (1, 7), (6, 2)] as [(Int64, Int64)] {
                try database.run(
                    "evaluate/store_comparisons",
                    [
                        "model_id": Bind(model), "other_model_id": Bind(other),
                        "protocol": Bind("split"), "cohorts": Bind(["all", "low"]),
                        "metric_names": Bind(["ndcg", "ndcg"]), "cutoffs": Bind([Int32(20), 20]),
                        "values": Bind([0.25, 0.5]), "other_values": Bind([0.5, 0.25]),
                        "differences": Bind([-0.25, 0.25]), "lower_bounds": Bind([-0.5, 0.125]),
                        "upper_bounds": Bind([-0.125, 0.5]), "user_counts": Bind([Int64(8), 4]),
                    ])
            }
            #expect(
                try database.table(
                    """
                    select run_id, model_id, kind, other_model_id, other_kind, value, other_value,
                        difference
                    from monitor.method_comparisons where cohort = 'all' order by model_id, other_kind
                    """) == [
                        "(3,1,two_tower,7,popularity,0.25,0.5,-0.25)",
                        "(3,8,funnel,7,popularity,0.25,0.5,-0.25)",
                        "(3,8,funnel,1,two_tower,0.25,0.5,-0.25)",
                    ])
            #expect(
                try database.table(
                    script: "evaluate/differences",
                    ["run_id": Bind(Int64(3)), "protocol": Bind("split")]
                ).first == "(funnel,two_tower,ndcg,20,-0.25,-0.5,-0.125)")
            try database.run("evaluate/clear_metrics", ["run_id": Bind(Int64(3))])
            #expect(try database.table("select * from model.comparisons") == [])
            #expect(try database.table("select max(model_id) from model.models") == ["(6)"])
        }
    }

    @Test func `models are listed with their state and quality`() throws {
        try withChampions { database throws in
            try database.addPair(run: 4)
            _ = try database.addModel(run: 5)
            try measure(database, model: 5, "split", values: [(1, [0.5, 0.25])])
            try database.execute(
                """
                insert into model.metrics
                    (model_id, protocol, cohort, metric_name, cutoff, value, user_count)
                values (5, 'split', 'all', 'recall', 50, 0.5, 1), (5, 'split', 'low', 'recall', 50, 1, 1),
                    (5, 'split', 'all', 'ndcg', 20, 0.25, 1), (5, 'other', 'all', 'recall', 50, 1, 1);
                update model.models set artefact_bytes = 3
                """)
            #expect(
                try database.table(script: "models/list", ["row_limit": Bind(Int32(9))]) == [
                    "(9,5,2024-03-29,retired,,,,,,,)", "(8,4,2024-03-29,challenger,,,,,3,,)",
                    "(6,3,2024-03-29,champion,0.5,50,0.25,20,3,,)",
                    "(4,2,2024-03-29,retired,,,,,3,,)", "(2,1,2024-03-29,retired,,,,,3,,)",
                ])
            try database.deploy(4)
            #expect(
                try database.table("select model_id, state from monitor.models order by 1") == [
                    "(2,retired)", "(4,champion)", "(6,retired)", "(8,challenger)", "(9,retired)",
                ])
        }
    }

    // MARK: - Figures by user

    private func measure(
        _ database: SQLDatabase, model: Int64, _ hash: String, values: [(user: Int, [Double])]
    ) throws {
        try database.run(
            "evaluate/record_measurement",
            [
                "model_id": Bind(model), "protocol": Bind("split"),
                "learned_by": Bind("time_split"), "held_out_hash": Bind(hash),
                "metric_names": Bind(["recall", "ndcg"]), "cutoffs": Bind([Int32(50), 20]),
                "user_count": Bind(Int64(values.count)),
            ])
        for (user, values) in values {
            try database.execute(
                """
                insert into model.user_metrics (model_id, user_id, cohort, metric_values)
                values (\(model), \(user), 'low', array\(values))
                """)
        }
    }

    @Test func `figures of two models are paired by user`() throws {
        try withChampions { database throws in
            try measure(database, model: 1, "a", values: [(7, [1, 0.5]), (8, [0, 0])])
            try measure(database, model: 3, "a", values: [(8, [1, 1]), (9, [0.5, 0.5])])
            let arguments = [
                "first_model_id": Bind(Int64(1)), "second_model_id": Bind(Int64(3)),
            ]
            #expect(
                try database.table(script: "compare/user_metrics", arguments)
                    == ["(low,\"{0,0}\",\"{1,1}\")"])
            #expect(
                try database.table(script: "compare/measurement", ["model_id": Bind(Int64(3))])
                    == ["(split,time_split,a,\"{recall,ndcg}\",\"{50,20}\")"])
            // A second attempt begins anew.
            try measure(database, model: 1, "b", values: [])
            #expect(try database.table(script: "compare/user_metrics", arguments) == [])
        }
    }

    // MARK: - Retention

    private func artefacts(_ database: SQLDatabase) throws -> [String] {
        try database.table("select distinct model_id from model.artefacts order by 1")
    }

    private func drop(_ database: SQLDatabase) throws {
        try database.run("publish/drop_artefacts", ["run_id": Bind(Int64(99))])
    }

    /// Pairs (1, 2), (3, 4), … of runs 1 to 6, a month old.
    private func withOldPairs(_ body: (SQLDatabase) throws -> Void) throws {
        try SQLDatabase.with { database throws in
            for run in 1...6 { try database.addPair(run: Int64(run)) }
            try database.execute(
                "update model.models set created_at = created_at - interval '30 days'")
            try body(database)
        }
    }

    @Test func `the champion, what it replaced, and their twins keep their bytes`() throws {
        try withOldPairs { database throws in
            for model in [2, 4] as [Int64] { try database.deploy(model) }
            try drop(database)
            #expect(try artefacts(database) == ["(1)", "(2)", "(3)", "(4)"])
        }
    }

    @Test func `two roll-backs in a row find their models, before and after a publication`() throws
    {
        try withOldPairs { database throws in
            for model in [2, 4, 6, 8] as [Int64] { try database.deploy(model) }
            try drop(database)
            #expect(try artefacts(database) == (3...8).map { "(\($0))" })
            for model in [6, 4] as [Int64] {
                #expect(try before(database) == ["(\(model))"])
                try database.deploy(model, as: "rollback")
                try drop(database)
            }
            // The bytes of model 2 went before the first: the command says so, and changes nothing.
            #expect(try artefacts(database) == ["(3)", "(4)", "(5)", "(6)"])
            #expect(try before(database) == ["(2)"])
        }
    }

    @Test func `champions since the oldest publication that is kept keep theirs`() throws {
        try withOldPairs { database throws in
            for (model, date) in [(2, "01"), (4, "03"), (6, "05"), (8, "07")] as [(Int64, String)] {
                try database.deploy(model)
                try database.dateLastDeployment("2024-03-\(date)")
            }
            // Of run 6, with model 8: a challenger that was refused on the 4th.
            try database.execute(
                """
                insert into serving.publications
                    (run_id, as_of_date, model_id, weights_version, status, published_at)
                values (6, '2024-03-04', 8, 1, 'published', '2024-03-04'),
                    (5, '2024-03-01', 8, 1, 'dropped', '2024-03-01')
                """)
            try drop(database)
            #expect(try artefacts(database) == (3...8).map { "(\($0))" } + ["(11)", "(12)"])
        }
    }

    @Test func `models of this week and of the run under way keep theirs`() throws {
        try withOldPairs { database throws in
            try database.execute(
                "update model.models set created_at = clock_timestamp() where run_id = 5")
            try database.run("publish/drop_artefacts", ["run_id": Bind(Int64(6))])
            #expect(try artefacts(database) == ["(9)", "(10)", "(11)", "(12)"])
        }
    }

    @Test func `embeddings are kept for publications alone`() throws {
        try SQLDatabase.with { database throws in
            for run in 1...3 { _ = try database.openPublication(run: Int64(run)) }
            for model in 1...3 { try database.embedItems(1, space: Int64(model)) }
            let expired = { try database.table(script: "publish/expired_spaces") }
            #expect(try expired() == [])
            // Taken up with another champion; dropped.
            try database.execute(
                """
                update serving.publications set model_id = 3 where publication_id = 1;
                update serving.publications set status = 'dropped', published_at = '2024-03-29'
                where publication_id = 2
                """)
            #expect(try expired() == ["(1)", "(2)"])
            try database.run(
                "publish/drop_embeddings",
                ["table_name": Bind("item_vectors"), "space_id": Bind(Int64(1))])
            #expect(try expired() == ["(2)"])
            #expect(
                try database.table("select space_id from model.item_embeddings order by 1")
                    == ["(2)", "(3)"])
        }
    }

    @Test func `figures by user go with the bytes, means stay`() throws {
        try withChampions { database throws in
            try measure(database, model: 1, "a", values: [(7, [1, 0.5])])
            try measure(database, model: 3, "a", values: [(7, [1, 0.5])])
            try database.execute("delete from model.artefacts where model_id = 1")
            #expect(try database.table(script: "publish/expired_user_metrics") == ["(1)"])
            try database.run("publish/drop_user_metrics", ["model_id": Bind(Int64(1))])
            #expect(try database.table(script: "publish/expired_user_metrics") == [])
            #expect(try database.table("select model_id from model.user_metrics") == ["(3)"])
            #expect(
                try database.table("select model_id from model.measurements order by 1")
                    == ["(1)", "(3)"])
        }
    }

    @Test func `figures by user that a step which was killed has left go with the bytes`() throws {
        try withChampions { database throws in
            try measure(database, model: 1, "a", values: [(7, [1, 0.5])])
            try database.run("evaluate/clear_metrics", ["run_id": Bind(Int64(1))])
            #expect(try database.table("select model_id from model.user_metrics") == ["(1)"])
            #expect(try database.table(script: "publish/expired_user_metrics") == [])
            try database.execute("delete from model.artefacts where model_id = 1")
            #expect(try database.table(script: "publish/expired_user_metrics") == ["(1)"])
        }
    }
}
