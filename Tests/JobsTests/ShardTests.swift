import Jobs
import Testing

/// Which users a shard has, and which shard a process is told to do.
@Suite struct ShardTests {
    @Test(arguments: [1, 2, 3, 4, 7, 100, 1000, 1023, 1024])
    func `every bucket lies in one shard`(count: Int) throws {
        let buckets = try (0..<count).flatMap { try Shard($0, of: count).buckets }
        #expect(buckets == Array(0...1023))
        let sizes = try (0..<count).map { try Shard($0, of: count).buckets.count }
        #expect(sizes.max()! - sizes.min()! <= 1)
    }

    @Test func `the whole is shard 0 of 1`() throws {
        #expect(try Shard("0/1") == .whole)
        #expect(Shard.whole.buckets == 0...1023)
        #expect(try Shard("2/4").buckets == 512...767)
        #expect("\(try Shard(2, of: 4))" == "2/4")
    }

    @Test(arguments: [
        ("4/4", "there is no shard 4 of 4"), ("-1/4", "there is no shard -1 of 4"),
        ("0/0", "1 to 1024 shards, not 0"), ("0/1025", "1 to 1024 shards, not 1025"),
        ("", "is written i/n"), ("1", "is written i/n"), ("1/2/3", "is written i/n"),
        ("one/2", "is written i/n"), ("1/", "is written i/n"),
    ])
    func `what is no shard is refused`(text: String, message: String) {
        let error = #expect(throws: ShardError.self) { try Shard(text) }
        #expect(error?.message.contains(message) == true, "\(text): \(error?.message ?? "")")
        #expect(error?.hint.isEmpty == false)
    }

    @Test(arguments: [
        ["SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "4"],
        ["AWS_BATCH_JOB_ARRAY_INDEX": "1", "AWS_BATCH_JOB_ARRAY_SIZE": "4"],
        ["CLOUD_RUN_TASK_INDEX": "1", "CLOUD_RUN_TASK_COUNT": "4"],
    ])
    func `engines of arrays tell index and count`(environment: [String: String]) throws {
        let shard = try Shard("1/4")
        #expect(try Shard.resolve(nil, count: nil, environment: environment) == shard)
        #expect(try Shard.resolve("1/4", count: 4, environment: environment) == shard)
    }

    @Test func `Kubernetes tells the index, and the count is given`() throws {
        let environment = ["JOB_COMPLETION_INDEX": "3"]
        #expect(try Shard.resolve(nil, count: 4, environment: environment) == Shard("3/4"))
        let error = #expect(throws: ShardError.self) {
            try Shard.resolve(nil, count: nil, environment: environment)
        }
        #expect(error?.message == "nothing says how many shards there are")
    }

    @Test func `a flag alone is enough`() throws {
        #expect(try Shard.resolve("2/3", count: nil, environment: [:]) == Shard("2/3"))
        #expect(
            try Shard.resolve("2/3", count: nil, environment: ["JOB_COMPLETION_INDEX": ""])
                == Shard("2/3"))
    }

    struct Refusal: Sendable {
        var text: String?
        var count: Int?
        var environment: [String: String] = [:]
        var message: String
    }

    @Test(arguments: [
        Refusal(message: "nothing says which shard this is"),
        Refusal(count: 4, message: "nothing says which shard this is"),
        Refusal(text: "1/4", count: 8, message: "--shards says 8, --shard says 4"),
        Refusal(
            text: "1/4", environment: ["JOB_COMPLETION_INDEX": "2"],
            message: "--shard says 1, JOB_COMPLETION_INDEX says 2"),
        Refusal(
            text: "1/4",
            environment: ["SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "8"],
            message: "--shard says 4, SLURM_ARRAY_TASK_COUNT says 8"),
        Refusal(
            environment: [
                "CLOUD_RUN_TASK_INDEX": "1", "CLOUD_RUN_TASK_COUNT": "4",
                "JOB_COMPLETION_INDEX": "0",
            ], message: "JOB_COMPLETION_INDEX says 0, CLOUD_RUN_TASK_INDEX says 1"),
        // An array that counts from 1.
        Refusal(
            environment: ["SLURM_ARRAY_TASK_ID": "4", "SLURM_ARRAY_TASK_COUNT": "4"],
            message: "there is no shard 4 of 4"),
        Refusal(
            count: 4, environment: ["JOB_COMPLETION_INDEX": "first"],
            message: "JOB_COMPLETION_INDEX is no whole number"),
    ])
    func `sources that say too little or disagree are refused`(refusal: Refusal) {
        let error = #expect(throws: ShardError.self) {
            try Shard.resolve(
                refusal.text, count: refusal.count, environment: refusal.environment)
        }
        #expect(error?.message == refusal.message)
    }
}
