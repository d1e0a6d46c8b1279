import Foundation
import Jobs
import Pipeline
import Postgres
import SQLCatalog
import Testing

/// Steps that several processes share.
@Suite struct ShardTests {
    /// The steps in the order of the job; before the third the job itself has one to do.
    private static let steps = ["embed", "retrieve", "rank"]

    /// Hash of every table that the steps write, row by row; what says which version wrote it is left out.
    private func tables(_ connection: Connection) throws -> [String: String] {
        var hashes: [String: String] = [:]
        for table: TableName in [
            "model.user_vectors", "model.item_vectors", "serving.candidate_lists",
            "serving.recommendation_lists", "serving.similar_item_lists", "serving.fallbacks",
        ] {
            hashes[table.quoted] = try connection.value(
                Query(
                    text: """
                        select md5(string_agg(r.content, '' order by r.content))
                        from \(table.quoted) as t
                        cross join lateral (
                            select (to_jsonb(t) - 'input_hash')::text as content) as r
                        """), as: String.self)
        }
        return hashes
    }

    private func unsharded(_ nightly: Nightly) throws -> [String: String] {
        try Databases.withWorld { connection, uri throws in
            try nightly.run(on: uri)
            return try tables(connection)
        }
    }

    /// Does all shards of a step in this process, the last one first.
    private func run(_ step: String, count: Int, of nightly: Nightly, on uri: String) throws {
        for index in (0..<count).reversed() {
            try nightly.run(Shard(index, of: count), of: step, on: uri)
        }
    }

    @Test(arguments: [1, 4])
    func `any number of shards gives the same tables`(count: Int) throws {
        var nightly = Nightly()
        nightly.training["history_encoding"] = "transformer"
        let expected = try unsharded(nightly)
        try Databases.withWorld { connection, uri throws in
            for step in Self.steps {
                try nightly.run(on: uri, before: step)
                try run(step, count: count, of: nightly, on: uri)
            }
            try nightly.run(on: uri)
            #expect(try tables(connection) == expected)
            let runs = try connection.query("select status from ops.runs", as: String.self)
            #expect(runs == ["succeeded"])
        }
    }

    @Test(arguments: ["int8", "product_quantised"])
    func `shards search an index of codes alike`(code: String) throws {
        var nightly = Nightly()
        nightly.index["code"] = code
        nightly.index["largest_probe_share"] = "0.5"
        nightly.index["recall_mean"] = "0"
        nightly.index["recall_fifth_percentile"] = "0"
        let expected = try unsharded(nightly)
        try Databases.withWorld { connection, uri throws in
            try nightly.run(on: uri, before: "retrieve")
            try run("retrieve", count: 5, of: nightly, on: uri)
            try nightly.run(on: uri)
            #expect(try tables(connection) == expected)
        }
    }

    @Test func `shards run at once, twice, and killed, and the job waits for all`() throws {
        let nightly = Nightly()
        try Databases.withPublication { expected, _ throws in
            let expected = try tables(expected)
            try Databases.withWorld { connection, uri throws in
                try finish(
                    VitrineProcess(running: nightly, on: uri, options: ["--before", "embed"]))
                let hold = try StepHold("embed", on: uri)
                // Shard 1 twice.
                let processes = try [0, 1, 2, 3, 1].map {
                    try VitrineProcess(running: nightly, step: "embed", shard: "\($0)/4", on: uri)
                }
                try waitUntil(4, areAtWorkIn: connection)
                let whole = try VitrineProcess(running: nightly, on: uri).wait()
                #expect(whole.status == 75)
                processes[2].send(SIGKILL)
                #expect(try processes[2].wait().status == -SIGKILL)
                try hold.release()
                for index in [0, 1, 3, 4] { try finish(processes[index]) }
                let early = try untilUnlocked { try VitrineProcess(running: nightly, on: uri) }
                #expect(early.status == 1)
                #expect(
                    early.errors.contains("vitrine: step embed lacks shards 2 of 4"),
                    "\(early.errors)")
                let status = try VitrineProcess.run(["status", "--database", uri])
                #expect(
                    status.output.contains(#/embed +4 +3 +0 +2\n/#), "\(status.output)")
                // An array whose tasks tell themselves which they are.
                try finish(
                    VitrineProcess(
                        running: nightly, step: "embed", on: uri,
                        environment: [
                            "SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "4",
                        ]))
                for step in ["retrieve", "rank"] {
                    let run = try untilUnlocked {
                        try VitrineProcess(running: nightly, on: uri, options: ["--before", step])
                    }
                    #expect(run.status == 0, "\(run.errors)")
                    let processes = try (0..<3).map {
                        try VitrineProcess(running: nightly, step: step, shard: "\($0)/3", on: uri)
                    }
                    for process in processes { try finish(process) }
                }
                #expect(
                    try untilUnlocked { try VitrineProcess(running: nightly, on: uri) }.status == 0)
                #expect(try tables(connection) == expected)
                let checksums = try Checksums(connection)
                #expect(try checksums == Databases.undisturbed())
                let attempts = try connection.query(
                    """
                    select attempt_count from ops.step_shards where step_name = 'embed'
                    order by shard_index
                    """, as: Int32.self)
                #expect(attempts == [1, 1, 2, 1])
            }
        }
    }

    @Test(arguments: [
        ["--shard", "4/4"], ["--shard", "0/2000"], ["--shard", "1"], [],
        ["--shard", "1/4", "--shards", "5"],
    ])
    func `what is no shard ends with the status of wrong usage`(options: [String]) throws {
        let outcome = try VitrineProcess.run(["rank", "nightly"] + options)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("HINT:"), "\(outcome.errors)")
    }

    // MARK: - Parts of the tests

    private func finish(_ process: VitrineProcess) throws {
        let outcome = try process.wait()
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// Runs a process again for as long as another one still has the lock.
    private func untilUnlocked(
        _ make: () throws -> VitrineProcess
    ) throws -> VitrineProcess.Outcome {
        for _ in 0..<100 {
            let outcome = try make().wait()
            if outcome.status != 75 { return outcome }
        }
        throw HoldFailure(description: "the lock of a dead process was never given back")
    }

    private func waitUntil(_ count: Int, areAtWorkIn connection: Connection) throws {
        for _ in 0..<12_000 {
            let running = try connection.value(
                "select count(*) from ops.step_shards where status = 'running'", as: Int.self)
            if running == count { return }
            usleep(50_000)
        }
        throw HoldFailure(description: "fewer than \(count) shards began within ten minutes")
    }
}
