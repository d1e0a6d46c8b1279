extension Shard {
    /// An engine that runs a program as an array of tasks, and tells each which it is.
    private struct ArrayEngine {
        /// The variable with the index, from 0.
        var index: String
        /// The variable with the number of tasks; nil where the engine has none.
        var count: String?
    }

    private static let engines = [
        // Kubernetes, Indexed Job: the number of completions is not told.
        ArrayEngine(index: "JOB_COMPLETION_INDEX", count: nil),
        ArrayEngine(index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT"),
        ArrayEngine(index: "AWS_BATCH_JOB_ARRAY_INDEX", count: "AWS_BATCH_JOB_ARRAY_SIZE"),
        ArrayEngine(index: "CLOUD_RUN_TASK_INDEX", count: "CLOUD_RUN_TASK_COUNT"),
    ]

    /// The shard that a task is to do: as told, and as the variables of an array engine say. All who
    /// say something must agree.
    ///
    /// - Parameters:
    ///   - text: `i/n`, where it was given.
    ///   - count: The number of shards, where that alone was given.
    /// - Throws: ``ShardError`` when nobody names an index or a count, two disagree, or there is no
    ///   such shard.
    public static func resolve(
        _ text: String?, count: Int?, environment: [String: String]
    ) throws(ShardError) -> Shard {
        var indexes: [(source: String, value: Int)] = []
        var counts = count.map { [(source: "--shards", value: $0)] } ?? []
        if let text {
            let shard = try Shard(text)
            indexes.append(("--shard", shard.index))
            counts.append(("--shard", shard.count))
        }
        for engine in engines {
            guard let index = try number(engine.index, in: environment) else { continue }
            indexes.append((engine.index, index))
            if let name = engine.count, let count = try number(name, in: environment) {
                counts.append((name, count))
            }
        }
        guard let index = try agreed(indexes) else {
            throw ShardError(
                "nothing says which shard this is",
                hint: "Give --shard i/n, or run as a task of an array; vitrine run does the whole.")
        }
        guard let count = try agreed(counts) else {
            throw ShardError(
                "nothing says how many shards there are",
                hint: "Give --shards n, with as many as the array has tasks.")
        }
        return try Shard(index, of: count)
    }

    private static func number(
        _ name: String, in environment: [String: String]
    ) throws(ShardError) -> Int? {
        guard let text = environment[name], !text.isEmpty else { return nil }
        guard let number = Int(text) else {
            throw ShardError(
                "\(name) is no whole number", hint: "Array engines set it; leave it as it was.")
        }
        return number
    }

    /// What all sources say; nil when there is none.
    private static func agreed(
        _ sources: [(source: String, value: Int)]
    ) throws(ShardError) -> Int? {
        guard let first = sources.first else { return nil }
        if let other = sources.first(where: { $0.value != first.value }) {
            throw ShardError(
                "\(first.source) says \(first.value), \(other.source) says \(other.value)",
                hint: "Give one of the two, or the same twice.")
        }
        return first.value
    }
}
