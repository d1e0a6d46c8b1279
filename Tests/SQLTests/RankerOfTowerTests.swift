import Postgres
import Testing

/// Which ranker goes with a two-tower.
@Suite struct RankerOfTowerTests {
    private func ranker(of modelID: Int64, _ database: SQLDatabase) throws -> Int64? {
        try database.connection.first(
            try database.catalog.script("rank/ranker_of_tower").query([
                "model_id": Bind(modelID)
            ]), as: Int64.self)
    }

    @Test func `a tower keeps its ranker, whatever is trained later`() throws {
        try SQLDatabase.with { database in
            let first = try database.addPair(run: 1)
            let ranker = try database.addModel(run: 1, base: first.evaluation, bytes: true)
            let second = try database.addPair(run: 2)
            let newer = try database.addModel(run: 2, base: second.evaluation, bytes: true)
            #expect(try self.ranker(of: first.serving, database) == ranker)
            #expect(try self.ranker(of: second.serving, database) == newer)
            // The evaluation model has one of its own, or none.
            #expect(try self.ranker(of: first.evaluation, database) == nil)
            let base = try database.addModel(run: 1, purpose: "base", bytes: true)
            let measured = try database.addModel(
                run: 1, purpose: "evaluation", base: base, bytes: true)
            #expect(try self.ranker(of: first.evaluation, database) == measured)
        }
    }

    @Test(arguments: [true, false])
    func `a ranker without its bytes, or without its base's, is none`(isBase: Bool) throws {
        try SQLDatabase.with { database in
            let tower = try database.addPair(run: 1)
            let ranker = try database.addModel(run: 1, base: tower.evaluation, bytes: true)
            #expect(try self.ranker(of: tower.serving, database) == ranker)
            try database.connection.execute(
                """
                delete from model.artefacts
                where model_id = \(isBase ? tower.evaluation : ranker)
                """)
            #expect(try self.ranker(of: tower.serving, database) == nil)
        }
    }

    @Test func `what is trained anew takes along the rankers that read it`() throws {
        try SQLDatabase.with { database in
            let tower = try database.addPair(run: 1)
            _ = try database.addModel(run: 1, base: tower.evaluation, bytes: true)
            try database.run(
                "train/clear_models",
                [
                    "run_id": Bind(Int64(1)), "kind": Bind("two_tower"),
                    "purpose": Bind("evaluation"),
                ])
            let left = try database.connection.query(
                "select model_id from model.models order by 1", as: Int64.self)
            #expect(left == [tower.serving])
        }
    }
}
