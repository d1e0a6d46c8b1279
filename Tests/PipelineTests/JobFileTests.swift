import Evaluation
import Foundation
import SQLCatalog
import StrictYAML
import Testing

@testable import Pipeline

@Suite struct JobFileTests {
    private static let whole = """
        job: nightly
        summary: a summary
        schedule: "15 3 * * *"
        retries: 2
        deadline: 20h
        settings:
          positive_actions: [like]
          seed: 1
        steps:
          validate:
          train:
            epochs: 3
            history_encoding: mean
          evaluate:
            recall_cutoff: 20
          retrieve:
            similar_items: 5
          publish:
        """

    private func load(_ text: String) throws -> JobFile {
        try withTemporaryFile(text, named: "job.yaml") { try JobFile.load(path: $0) }
    }

    /// The error of a text, without the directory of the file.
    private func refusal(_ text: String) throws -> String {
        let error = #expect(throws: YAMLError.self) { _ = try load(text) }
        return error.map { "\($0)" }?.split(separator: "/").last.map(String.init) ?? ""
    }

    @Test func `impressions are not read where one positive is left out`() throws {
        let whole = Self.whole.replacingOccurrences(
            of: "epochs: 3", with: "impression_negatives: 3"
        ).replacingOccurrences(
            of: "seed: 1", with: "impression_length: 9\n  protocol: leave_one_out")
        #expect(try refusal(whole).contains("the protocol leaves one positive out"))
        let file = try load(whole.replacingOccurrences(of: "leave_one_out", with: "time_split"))
        // Asked to leave one out by the command, the job does without.
        func read(_ protocol: EvaluationProtocol) -> [Int?] {
            let settings = file.settings.under(`protocol`)
            let step = file.step("train", settings) as? TrainStep
            return [settings.impressionLength, step?.configuration.impressionNegatives]
        }
        #expect(read(.timeSplit) == [9, 3])
        #expect(read(.leaveOneOut) == [0, 0])
    }

    @Test func `a whole file is read`() throws {
        let file = try load(Self.whole)
        #expect(file.name == "nightly" && file.summary == "a summary")
        #expect(file.schedule.text == "15 3 * * *")
        let job = file.makeJob()
        #expect(job.steps.map(\.name) == ["validate", "train", "evaluate", "retrieve", "publish"])
        #expect(job.retryCount == 2 && job.deadline == .seconds(72_000))
        #expect(job.parameters.contains(#""epochs": 3"#))
    }

    @Test func `every job file of the repository is read`() throws {
        let home = try SQLCatalog.locate().home
        for path in ["jobs/nightly.yaml", "examples/kuairand/nightly.yaml"] {
            let job = try JobFile.load(path: home.path(path)).makeJob()
            #expect(job.steps.map(\.name) == Nightly.allSteps)
        }
        let pairs = try JobFile.load(path: home.path("examples/pairs/benchmark.yaml")).makeJob()
        #expect(pairs.steps.map(\.name) == ["validate", "features", "train", "evaluate"])
    }

    @Test func `the file in jobs shows the defaults`() throws {
        let home = try SQLCatalog.locate().home
        let text = try String(contentsOfFile: home.path("jobs/nightly.yaml"), encoding: .utf8)
        let settings = PipelineSettings()
        let shown = [
            "profile_numbers: \(settings.profileNumbers)",
            "content_encoders: \(settings.contentEncoders)",
            "history_days: \(settings.historyDays)", "history_length: \(settings.historyLength)",
            "history_strongest_share: \(settings.historyStrongestShare)",
            "impression_length: \(settings.impressionLength)",
            "snapshot_days: \(settings.snapshotDays)", "prior_strength: \(settings.priorStrength)",
            "popularity_days: \(settings.popularityDays)",
            "protocol: \(settings.protocol.rawValue)", "held_out: \(settings.heldOut.rawValue)",
            "holdout_days: \(settings.holdoutDays)",
            "item_numbers: \(settings.itemNumbers.rawValue)",
            "models: [\(settings.models.map(\.rawValue).joined(separator: ", "))]",
            "warm_start: \(settings.warmStart)",
            "checkpoint_minutes: \(Int(settings.checkpointMinutes))",
            "neighbour_history: \(settings.neighbourHistory)",
            "neighbour_count: \(settings.neighbourCount)",
            "ranker_days: \(settings.rankerDays)",
            "ranker_tasks: [\(settings.rankerTasks.joined(separator: ", "))]",
            "second_stage_candidates: \(settings.secondStageCandidates)",
            "list_length: \(settings.listLength)", "fallback_length: \(settings.fallbackLength)",
            "seed: \(settings.seed)", "threads: \(settings.threads)",
        ]
        for line in shown { #expect(text.contains("\n  \(line)\n"), "\(line)") }
        let gate = PromotionGate()
        let gateShown = [
            "metric: \(gate.metric.rawValue)", "cutoff: \(gate.cutoff)",
            "largest_loss: \(gate.largestLoss)", "minimum_users: \(gate.minimumUsers)",
            "cohort_largest_loss: \(gate.cohortLargestLoss)",
            "cohort_minimum_users: \(gate.cohortMinimumUsers)",
            "largest_miscalibration: \(gate.largestMiscalibration)",
            "is_automatic: \(gate.isAutomatic)",
        ]
        for line in gateShown { #expect(text.contains("\n      \(line)\n"), "\(line)") }
        let evaluation = EvaluationSettings()
        let measured = [
            "minimum_positives: \(evaluation.minimumPositives)",
            "recall_cutoff: \(evaluation.recallCutoff)",
            "ranking_cutoff: \(evaluation.rankingCutoff)",
            "excludes_known: \(evaluation.excludesKnown)",
            "bootstrap_replicates: \(evaluation.bootstrapReplicates)",
        ]
        for line in measured { #expect(text.contains("\n    \(line)\n"), "\(line)") }
        let embeddings = EmbeddingSettings()
        let embedded = [
            "user_encoding: \(embeddings.userEncoding.rawValue)",
            "item_encoding: \(embeddings.itemEncoding.rawValue)",
            "recall_sample: \(embeddings.recallSample)",
        ]
        for line in embedded { #expect(text.contains("\n    \(line)\n"), "\(line)") }
        let index = IndexSettings()
        let indexed = [
            "list_count: \(index.listCount)", "minimum_list_length: \(index.minimumListLength)",
            "code: \(index.code.rawValue)", "part_count: \(index.partCount)",
            "part_bits: \(index.partBits)", "learns_rotation: \(index.learnsRotation)",
            "pgvector: \(index.pgvector.rawValue)", "recall_sample: \(index.recallSample)",
            "recall_cutoff: \(index.recallCutoff)", "recall_mean: \(index.recallMean)",
            "recall_fifth_percentile: \(index.recallFifthPercentile)",
            "largest_probe_share: \(index.largestProbeShare)",
            "largest_moved_share: \(index.largestMovedShare)",
            "largest_imbalance: \(Int(index.largestImbalance))",
            "largest_error_growth: \(index.largestErrorGrowth)",
            "largest_item_growth: \(index.largestItemGrowth)",
        ]
        for line in indexed { #expect(text.contains("\n    \(line)\n"), "\(line)") }
    }

    @Test(arguments: [
        ("  train:\n", "  trian:\n", "job.yaml:11: unknown step \"trian\"", "\"train\""),
        ("  publish:", "  publishing_it:", "unknown step \"publishing_it\"", "\"validate\""),
        ("retries: 2", "retry: 2", "job.yaml:4: unknown key \"retry\"", "\"retries\""),
        ("seed: 1", "sede: 1", "job.yaml:8: unknown key \"sede\"", "\"seed\""),
        ("epochs: 3", "epoch: 3", "job.yaml:12: unknown key \"epoch\"", "\"epochs\""),
        ("similar_items: 5", "similar_item: 5", "job.yaml:17: unknown key", "\"similar_items\""),
    ])
    func `an unknown name has its line and the near miss`(
        right: String, wrong: String, message: String, nearMiss: String
    ) throws {
        let error = try refusal(Self.whole.replacingOccurrences(of: right, with: wrong))
        #expect(error.contains(message), "\(error)")
        #expect(error.contains("HINT:") && error.contains(nearMiss), "\(error)")
    }

    @Test(arguments: [
        ("seed: 1", "seed: one", 8, "must be a number, not text"),
        ("seed: 1", "seed: 1.5", 8, "\"seed\" has a value that it cannot take"),
        ("seed: 1", "seed: [1]", 8, "not a list"),
        ("seed: 1", "seed:", 8, "not empty"),
        ("epochs: 3", "epochs: true", 12, "must be a number, not true or false"),
        ("epochs: 3", "epochs: 0", nil, "epochs must be positive"),
        ("epochs: 3", "temperature: .nan", 12, "must be a number"),
        ("history_encoding: mean", "history_encoding: sum", 13, "\"history_encoding\" has a value"),
        ("recall_cutoff: 20", "recall_cutoff: 0", nil, "must lie between 1 and 10000"),
        ("recall_cutoff: 20", "ranking_cutoff: -1", nil, "must lie between 1 and 10000"),
        ("recall_cutoff: 20", "bootstrap_replicates: 0", nil, "must lie between 1 and 1000000"),
        ("recall_cutoff: 20", "gate: {cutoff: 51}", nil, "gate.cutoff\" must lie between 0 and 50"),
        ("recall_cutoff: 20", "gate: {largest_loss: 1.5}", nil, "must lie between 0 and 1"),
        ("recall_cutoff: 20", "gate: {minimum_users: -1}", nil, "must lie between 0 and"),
        ("recall_cutoff: 20", "gate: {largest_miscalibration: -1}", nil, "must lie between 0 and"),
        ("recall_cutoff: 20", "gate: {metric: novelty}", 15, "\"metric\" has a value"),
        ("recall_cutoff: 20", "gate: {largest_los: 0.1}", 15, "unknown key \"largest_los\""),
        (
            "  retrieve:", "  embed: {item_encoding: sixteen}\n  retrieve:", nil,
            "\"item_encoding\" has a value that it cannot take"
        ),
        (
            "  retrieve:", "  embed: {recall_sample: -1}\n  retrieve:", nil,
            "\"steps.embed.recall_sample\" must lie between 0 and 1000000"
        ),
        (
            "  retrieve:", "  index: {recall_mean: 1.5}\n  retrieve:", nil,
            "\"steps.index.recall_mean\" must lie between 0 and 1"
        ),
        (
            "  retrieve:", "  index: {list_count: -1}\n  retrieve:", nil,
            "\"steps.index.list_count\" must lie between 0 and 1000000"
        ),
        (
            "  retrieve:", "  index: {code: sixteen}\n  retrieve:", nil,
            "\"code\" has a value that it cannot take"
        ),
        (
            "  retrieve:", "  index: {part_bits: 6}\n  retrieve:", nil,
            "\"steps.index.part_bits\" must be 4 or 8"
        ),
        (
            "  retrieve:", "  index: {part_count: -1}\n  retrieve:", nil,
            "\"steps.index.part_count\" must lie between 0 and 65536"
        ),
        (
            "  retrieve:", "  index: {pgvector: btree}\n  retrieve:", nil,
            "\"pgvector\" has a value that it cannot take"
        ),
        ("similar_items: 5", "similar_items: 0", 17, "must lie between 1 and 1000"),
        ("retries: 2", "retries: 21", 4, "must lie between 0 and 20"),
        ("deadline: 20h", "deadline: 20", 5, "a duration such as"),
        ("deadline: 20h", "deadline: -1h", 5, "a duration such as"),
        ("job: nightly", "job: ../nightly", nil, "a name of letters"),
        ("job: nightly", "job: \"\"", nil, "a name of letters"),
        ("positive_actions: [like]", "positive_actions: []", nil, "names no action"),
        ("positive_actions: [like]", "positive_actions: like", 7, "must be a list"),
        ("positive_actions: [like]", "positive_actions: [1]", 7, "must be text"),
        ("seed: 1", "list_length: 0", nil, "must lie between 1 and 10000"),
        ("seed: 1", "threads: 5000", nil, "must lie between 0 and 1024"),
        ("epochs: 3", "impression_negatives: 3", nil, "\"settings.impression_length\" is 0"),
        ("epochs: 3", "loss: cosineContrastive", nil, "interaction must be cosine"),
        ("seed: 1", "impression_length: -1", nil, "must lie between 0 and 100000"),
        ("seed: 1", "checkpoint_minutes: -0.5", nil, "must lie between 0 and 10000"),
        ("seed: 1", "warm_start: 1", 8, "must be true or false"),
        ("seed: 1", "protocol: leave_two_out", 8, "\"protocol\" has a value"),
        ("seed: 1", "held_out: train", 8, "\"held_out\" has a value"),
        ("seed: 1", "models: [base]", nil, "must name evaluation, serving or both"),
        ("seed: 1", "ranker_days: -1", nil, "must lie between 0 and 3650"),
        ("seed: 1", "ranker_tasks: [purchase]", nil, "has a name that is no task"),
        ("seed: 1", "ranker_tasks: [like, like]", nil, "names a task twice"),
        ("epochs: 3", "ranker: {epochs: 0}", nil, "ranker: epochs must be positive"),
        ("epochs: 3", "ranker: {epoch: 1}", 12, "unknown key \"epoch\""),
        ("epochs: 3", "ranker: 3", 12, "must be a mapping"),
        ("seed: 1", "models: []", nil, "must name evaluation, serving or both"),
        ("seed: 1", "models: [serving, serving]", nil, "must name evaluation, serving or both"),
        (
            "seed: 1", "protocol: leave_one_out\n  item_numbers: daily", 9,
            "cannot be daily where one is left out"
        ),
        ("  validate:\n", "  validate:\n    key: 1\n", 11, "unknown key \"key\""),
        ("\"15 3 * * *\"", "\"15 3 * *\"", 3, "must have five fields"),
        ("\"15 3 * * *\"", "\"15 25 * * *\"", 3, "has a hour that is none"),
        ("summary: a summary\n", "", nil, "lacks the key \"summary\""),
        ("schedule: \"15 3 * * *\"\n", "", nil, "lacks the key \"schedule\""),
    ])
    func `a value that cannot be is refused with its line`(
        right: String, wrong: String, line: Int?, message: String
    ) throws {
        #expect(Self.whole.contains(right))
        let error = try refusal(Self.whole.replacingOccurrences(of: right, with: wrong))
        #expect(error.contains(message), "\(error)")
        if let line { #expect(error.hasPrefix("job.yaml:\(line): "), "\(error)") }
    }

    @Test(arguments: [
        ("", "job.yaml: the file is empty"),
        ("# nothing but a comment\n", "job.yaml: the file is empty"),
        ("just text", "job.yaml:1: the file must be a mapping of keys to values, not text"),
        ("- a\n- b\n", "job.yaml:1: the file must be a mapping of keys to values, not a list"),
        ("job: [", "not valid YAML"),
        ("job: a\njob: b\n", "twice"),
        ("job: a\nsummary: s\nschedule: \"1 1 1 1 1\"\nsteps: {}\n", "\"steps\" names no step"),
        ("job: a\nsummary: s\nschedule: \"1 1 1 1 1\"\nsteps:\n", "mapping of keys to values"),
        ("job: a\nsummary: s\nschedule: \"1 1 1 1 1\"\n", "lacks the key \"steps\""),
    ])
    func `a file that is no job is refused`(text: String, message: String) throws {
        let error = try refusal(text)
        #expect(error.contains(message), "\(error)")
    }

    @Test func `a file that is not there is named`() {
        let error = #expect(throws: YAMLError.self) { try JobFile.load(path: "no/such.yaml") }
        #expect(error?.description == "no/such.yaml: does not exist")
    }
}
