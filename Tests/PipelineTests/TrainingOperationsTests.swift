import Foundation
import Jobs
import Postgres
import Testing

/// What a training of hours needs: to be taken up where it was, to stop in time, to start from what
/// was learned before.
@Suite struct TrainingOperationsTests {
    /// After every batch.
    private static let saving = Nightly.with(["checkpoint_minutes": "0.000001"])

    /// What the newest attempt of the step said of itself.
    private func detail(_ name: String, _ connection: Connection) throws -> String? {
        try connection.value(
            """
            select details ->> \(name) from ops.steps
            where step_name = 'train' order by run_id desc, attempt desc limit 1
            """, as: String?.self)
    }

    /// Kills a run when it saves one of its trainings once more than so many times.
    private func kill(_ purpose: String, after count: Int, on uri: String) throws {
        let hold = try CheckpointHold(purpose, after: count, on: uri)
        let process = try VitrineProcess(running: Self.saving, on: uri)
        try hold.waitUntilHeld()
        process.send(SIGKILL)
        #expect(try process.wait().status == -SIGKILL)
        try hold.release()
    }

    private func finish(_ nightly: Nightly, on uri: String) throws {
        for _ in 0..<100 {
            let outcome = try VitrineProcess(running: nightly, on: uri).wait()
            // The lock of a process that has just died.
            if outcome.status == 75 { continue }
            try #require(outcome.status == 0, "\(outcome.errors)")
            return
        }
        Issue.record("the lock of a dead process was never given back")
    }

    @Test(arguments: [("evaluation", 4), ("evaluation", 0), ("serving", 7)])
    func `a training that was killed goes on from its checkpoint, and ends with the same bytes`(
        purpose: String, saves: Int
    ) throws {
        try Databases.withWorld { connection, uri throws in
            try kill(purpose, after: saves, on: uri)
            let parts = try connection.query(
                "select purpose, part_number from model.checkpoints",
                as: (String, Int32).self)
            #expect(parts.map(\.0) == (saves == 0 ? [] : [purpose]))
            let models = try connection.query(
                "select model_id from model.models", as: Int64.self)
            #expect(models.count == (purpose == "serving" ? 1 : 0))

            try finish(Self.saving, on: uri)
            #expect(try Checksums(connection) == Databases.undisturbed())
            let resumed = try detail("\(purpose)_resumed_at_batch", connection)
            #expect(resumed == (saves == 0 ? nil : String(saves + 1)))
            // What was saved before is not made again; what was under way is let go of.
            let first = try connection.value(
                "select min(model_id) from model.models where purpose = 'evaluation'",
                as: Int64.self)
            #expect(models.isEmpty || models == [first])
            let left = try connection.value("select count(*) from model.checkpoints", as: Int.self)
            #expect(left == 0)
        }
    }

    @Test func `a run of other settings does not go on from the checkpoint`() throws {
        try Databases.withWorld { connection, uri throws in
            try kill("evaluation", after: 4, on: uri)
            var other = Self.saving
            other.settings["seed"] = "2"
            try finish(other, on: uri)
            #expect(try detail("evaluation_resumed_at_batch", connection) == nil)
            // The run that died may still be taken up, for a week.
            let kept = try connection.value(
                "select count(*) from model.checkpoints where run_id = 1", as: Int.self)
            #expect(kept == 1)
            try connection.execute(
                "update model.checkpoints set saved_at = saved_at - interval '8 days'")
            try other.run(on: uri)
            let left = try connection.value("select count(*) from model.checkpoints", as: Int.self)
            #expect(left == 0)
        }
    }

    @Test func `checkpoints change nothing in the result, nor does their absence`() throws {
        try Databases.withWorld { connection, uri throws in
            try Nightly.with(["checkpoint_minutes": "0"]).run(on: uri)
            #expect(try Checksums(connection) == Databases.undisturbed())
        }
    }

    @Test func `the serving model is trained for as long as the evaluation model found best`()
        throws
    {
        var nightly = Nightly.only(["validate", "features", "train"])
        nightly.training["validation_share"] = "0.2"
        nightly.training["validation_patience"] = "1"
        nightly.training["validation_cutoff"] = "10"
        try Databases.withWorld { connection, uri throws in
            try nightly.run(on: uri)
            let rows = try connection.query(
                """
                select
                    purpose,
                    jsonb_array_length(training -> 'epoch_losses'),
                    (training ->> 'best_share')::double precision,
                    (training -> 'validation' ->> 'user_count')::integer
                from model.models order by purpose
                """, as: (String, Int32, Double?, Int32?).self)
            try #require(rows.map(\.0) == ["evaluation", "serving"])
            let share = try #require(rows[0].2)
            // Three epochs, measured after each: the serving model has as many as were best.
            #expect(rows[1].1 == Int32((share * 3).rounded()))
            #expect((rows[0].3 ?? 0) > 0)
            #expect(rows[1].2 == nil && rows[1].3 == nil)
        }
    }

    @Test func `a warm start begins with the model of the same purpose, of an older champion`()
        throws
    {
        let nightly = Nightly.with(["warm_start": "true"])
        try Databases.withWorld { connection, uri throws in
            func parents(_ run: Int64) throws -> [String: Int64?] {
                let rows = try connection.query(
                    """
                    select purpose, parent_model_id from model.models
                    where kind = 'two_tower' and run_id = \(run)
                    """, as: (String, Int64?).self)
                return Dictionary(uniqueKeysWithValues: rows.map { ($0.0, $0.1) })
            }
            func models(_ run: Int64) throws -> [String: Int64] {
                let rows = try connection.query(
                    """
                    select purpose, model_id from model.models
                    where kind = 'two_tower' and run_id = \(run)
                    """, as: (String, Int64).self)
                return Dictionary(uniqueKeysWithValues: rows.map { ($0.0, $0.1) })
            }
            let first = try nightly.run(on: uri, date: PlantedWorld.date.advanced(by: -1))
            #expect(try parents(first).values.allSatisfy { $0 == nil })

            let second = try nightly.run(on: uri)
            #expect(try parents(second) == models(first).mapValues(Optional.some))
            #expect(try Checksums(connection) != Databases.undisturbed())

            // Run again, the date has the same parents and so the same models.
            let before = try Checksums(connection)
            let third = try nightly.run(on: uri)
            #expect(try parents(third) == parents(second))
            #expect(try Checksums(connection) == before)
        }
    }

    @Test func `a model of other towers is no start`() throws {
        try Databases.withWorld { connection, uri throws in
            var nightly = Nightly.with(["warm_start": "true"])
            try nightly.run(on: uri, date: PlantedWorld.date.advanced(by: -1))
            nightly.training["creator_dimension"] = "6"
            var lines: [String] = []
            let run = try nightly.run(on: uri) { event in lines.append("\(event)") }
            #expect(lines.contains { $0.contains("evaluation model: starts afresh") })
            let parents = try connection.value(
                "select count(parent_model_id) from model.models where run_id = \(run)",
                as: Int.self)
            #expect(parents == 0)

            // Taken up after the training, the run knows what it has trained afresh.
            try connection.execute(
                "update ops.runs set status = 'failed' where run_id = \(run)")
            try connection.execute(
                """
                update ops.steps set status = 'failed' where run_id = \(run) and step_name = 'train'
                """)
            lines = []
            #expect(try nightly.run(on: uri) { event in lines.append("\(event)") } == run)
            for purpose in ["evaluation", "serving"] {
                #expect(
                    lines.contains {
                        $0.contains("\(purpose) model: trained by an earlier attempt")
                    })
            }
        }
    }

    @Test func `a model that reads other attributes of users is no start`() throws {
        try Databases.withWorld { connection, uri throws in
            var nightly = Nightly.with(["warm_start": "true"])
            try nightly.run(on: uri, date: PlantedWorld.date.advanced(by: -1))
            nightly.settings["profile_attributes"] = "[]"
            let run = try nightly.run(on: uri)
            let parents = try connection.value(
                "select count(parent_model_id) from model.models where run_id = \(run)",
                as: Int.self)
            #expect(parents == 0)
        }
    }
}
