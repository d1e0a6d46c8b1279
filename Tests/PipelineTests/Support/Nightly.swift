import Foundation
import Jobs
import Pipeline
import Postgres
import PostgresTestSupport
import SQLCatalog

/// A nightly job of small towers, as the text of a job file.
struct Nightly {
    /// Lines of `settings`, by key.
    var settings: [String: String] = [
        "positive_actions": "[like, long_view]", "profile_attributes": "[device]",
        "snapshot_days": "10", "holdout_days": "7", "second_stage_candidates": "50",
        "list_length": "20", "fallback_length": "30", "seed": "1",
        "threads": "2", "ranker_days": "0",
    ]
    var steps = Self.allSteps
    var keptPublications = 30
    /// Lines of the step evaluate, by key.
    var evaluation = [
        "recall_cutoff": "10", "ranking_cutoff": "10", "bootstrap_replicates": "50",
    ]
    /// Lines of the step train, by key.
    var training = [
        "embedding_dimension": "12", "item_id_dimension": "12", "user_id_dimension": "4",
        "creator_dimension": "8", "tag_dimension": "8", "profile_dimension": "4",
        "user_hidden_widths": "[16]", "item_hidden_widths": "[16]", "history_length": "20",
        "uses_full_catalogue": "true", "epochs": "3", "batch_size": "128", "warm_up_batches": "5",
        "table_learning_rate": "0.1", "dense_learning_rate": "0.01",
    ]
    /// Lines of the step embed, by key.
    var embedding: [String: String] = [:]
    /// Lines of the step index, by key: a few lists, and as many read as it takes to find everything.
    var index = [
        "list_count": "4", "minimum_list_length": "20", "recall_cutoff": "40", "recall_mean": "1",
        "recall_fifth_percentile": "1", "largest_probe_share": "1",
    ]
    /// Lines of the step retrieve, by key.
    var retrieval = ["similar_items": "10"]
    /// Lines of the step rank, by key.
    var ranking: [String: String] = [:]
    /// Lines at the top, such as `deadline: 1s`.
    var head: [String] = []
    var name = "nightly"

    static let allSteps = [
        "validate", "features", "train", "evaluate", "embed", "index", "retrieve", "rank",
        "publish", "monitor", "respond",
    ]

    /// What later runs do that train nothing.
    static let servingSteps = [
        "features", "embed", "index", "retrieve", "rank", "publish", "monitor",
    ]

    /// The job of ``servingSteps``, with lines of the step index.
    static func serving(_ index: [String: String] = [:]) -> Nightly {
        var nightly = only(servingSteps)
        nightly.index.merge(index) { $1 }
        return nightly
    }

    static func with(_ settings: [String: String]) -> Nightly {
        var nightly = Nightly()
        nightly.settings.merge(settings) { $1 }
        return nightly
    }

    /// The same settings with some of the steps.
    static func only(_ steps: [String]) -> Nightly { Nightly().only(steps) }

    func only(_ steps: [String]) -> Nightly {
        var nightly = self
        nightly.steps = steps
        return nightly
    }

    /// The same job with a gate that every model passes.
    static var ungated: Nightly {
        var nightly = Nightly()
        nightly.evaluation["gate"] =
            "{largest_loss: 1, cohort_largest_loss: 1, largest_miscalibration: 1000}"
        return nightly
    }

    /// The same job with a small ranker.
    static var ranked: Nightly {
        var nightly = Nightly.with(["ranker_days": "5"])
        nightly.training["ranker"] =
            "{category_dimension: 4, content_dimension: 8, attention_heads: 1, attention_width: 8,"
            + " cross_layers: 1, cross_rank: 8, expert_count: 2, expert_hidden_width: 16,"
            + " expert_width: 8, head_width: 8, epochs: 6, batch_size: 128, warm_up_batches: 5,"
            + " dense_learning_rate: 0.005, table_learning_rate: 0.02, dense_decay: 0.1}"
        return nightly
    }

    /// The same job with towers that learn next to nothing.
    static var hardlyTrained: Nightly {
        var nightly = Nightly()
        nightly.training["epochs"] = "1"
        nightly.training["table_learning_rate"] = "0.0001"
        nightly.training["dense_learning_rate"] = "0.0001"
        return nightly
    }

    var yaml: String {
        let own: [String: [String]] = [
            "train": Self.lines(training), "evaluate": Self.lines(evaluation),
            "embed": Self.lines(embedding),
            "index": Self.lines(index),
            "retrieve": Self.lines(retrieval), "rank": Self.lines(ranking),
            "publish": [
                "keep_publications: \(keptPublications)", "keep_candidates: \(keptPublications)",
            ],
        ]
        var lines = ["job: \(name)", "summary: small towers on a small world"]
        lines += ["schedule: \"15 3 * * *\""] + head + ["settings:"]
        lines += Self.lines(settings).map { "  " + $0 }
        lines += ["steps:"]
        for step in steps {
            lines.append("  \(step):")
            lines += (own[step] ?? []).map { "    \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ values: [String: String]) -> [String] {
        values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    }

    /// Runs the job in this process.
    @discardableResult
    func run(
        on uri: String, date: PostgresDate = PlantedWorld.date, before boundary: String? = nil,
        catalog: SQLCatalog? = nil, stop: StopSignal = StopSignal(),
        onEvent: @escaping (JobRunner.Event) -> Void = { _ in }
    ) throws -> Int64 {
        try withFile { path in
            try JobRunner(
                catalog: try catalog ?? SQLCatalog.locate(), target: ConnectionTarget(uri),
                codeVersion: "test"
            ).run(
                try JobFile.load(path: path).makeJob(), asOfDate: date, before: boundary,
                stop: stop, onEvent: onEvent)
        }
    }

    /// Does a shard of a step in this process.
    func run(
        _ shard: Shard, of step: String, on uri: String, date: PostgresDate = PlantedWorld.date
    ) throws {
        try withFile { path in
            _ = try ShardRunner(
                catalog: try SQLCatalog.locate(), target: ConnectionTarget(uri),
                codeVersion: "test"
            ).run(
                shard, ofStep: step, in: try JobFile.load(path: path).makeJob(), asOfDate: date)
        }
    }

    /// Calls `body` with the path of a file that holds the job.
    func withFile<Result>(_ body: (String) throws -> Result) throws -> Result {
        try withTemporaryFile(yaml, named: "nightly.yaml", body)
    }
}

/// Calls `body` with the path of a file of its own.
func withTemporaryFile<Result>(
    _ text: String, named name: String, _ body: (String) throws -> Result
) throws -> Result {
    let directory = try TestServer.temporaryDirectory("files")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try body(path)
}
