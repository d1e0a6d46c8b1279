import Evaluation
import Foundation
public import Jobs
import Ranking
import StrictYAML
import TwoTower

/// A file of `jobs/`: what runs, when, and with which settings. Unknown keys are errors.
public struct JobFile: Sendable {
    public var name: String
    public var summary: String
    /// When cron should start it: five fields, in UTC.
    public var schedule: CronSchedule
    /// The whole file as JSON.
    let json: String
    let settings: PipelineSettings
    /// How models are measured; the defaults where the job has no such step.
    let evaluation: EvaluationSettings
    private let steps: [(name: String, make: StepMaker.Maker)]
    private let retries: Int
    private let deadline: Duration?

    /// Makes the job.
    public func makeJob() -> Job {
        var job = job(steps: steps.map { $0.make(settings) }, parameters: json)
        job.schedule = schedule
        return job
    }

    /// A job of other steps that goes under the same name and is run in the same way.
    func job(steps: [any Step], parameters: String) -> Job {
        Job(
            name: name, steps: steps, parameters: parameters, retryCount: retries,
            deadline: deadline)
    }

    /// A step as the file has it, with settings of the pipeline in place of the file's.
    func step(_ name: String, _ settings: PipelineSettings) -> (any Step)? {
        steps.first { $0.name == name }?.make(settings)
    }

    /// Reads a job file.
    ///
    /// - Parameter path: Shown in errors as given.
    /// - Throws: `YAMLError` with file and line.
    public static func load(path: String) throws -> JobFile {
        let file = try YAMLFile(path: path)
        return try file.decode { root in
            let name: String = try root.value("job")
            guard !name.isEmpty,
                name.allSatisfy({ $0.isLetter || $0.isNumber || "_-".contains($0) })
            else { throw root.error("\"job\" must be a name of letters, digits, _ and -") }
            let schedule = try schedule(root)
            let retries = try root.value("retries", in: 0...20, default: 2)
            let deadline = try root.optional("deadline", as: Duration.self)
            let settings =
                try root.optionalMapping("settings") { mapping in
                    var settings = try mapping.settings(over: PipelineSettings())
                    try settings.agree(mapping)
                    return settings
                } ?? PipelineSettings()
            try settings.check(root)
            var evaluation = EvaluationSettings()
            var index: IndexSettings?
            let steps = try root.mapping("steps") { mapping in
                let members = try mapping.members()
                let responds = members.contains { $0.0 == "respond" }
                return try members.map { name, value in
                    guard StepMaker.names.contains(name) else {
                        throw mapping.error(
                            at: name, "unknown step \"\(name)\"",
                            hint: NearMiss.hint(for: name, among: StepMaker.names))
                    }
                    if name == "evaluate" { evaluation = try StepMaker.evaluation(value).settings }
                    if name == "index" { index = try StepMaker.index(value) }
                    return (
                        name,
                        try StepMaker.make(
                            name, value, in: settings, index: index, responds: responds)
                    )
                }
            }
            guard !steps.isEmpty else { throw root.error("\"steps\" names no step") }
            return JobFile(
                name: name, summary: try root.value("summary"), schedule: schedule, json: file.json,
                settings: settings, evaluation: evaluation, steps: steps, retries: retries,
                deadline: deadline)
        }
    }
}

extension JobFile {
    private static func schedule(_ root: YAMLMapping) throws -> CronSchedule {
        let text: String = try root.value("schedule")
        do {
            return try CronSchedule(text)
        } catch {
            throw root.error(
                at: "schedule", "\"schedule\" \(error.message)",
                hint: "Minute, hour, day of month, month, day of week, such as \"15 3 * * *\".")
        }
    }
}

/// Makes a step from its entry in a job file.
private enum StepMaker {
    typealias Maker = @Sendable (PipelineSettings) -> any Step

    static let names = [
        "validate", "features", "train", "evaluate", "embed", "index", "retrieve", "rank",
        "publish", "monitor", "respond",
    ]

    /// - Parameters:
    ///   - settings: Those of the file, with which the step's own must agree.
    ///   - index: Those of the step index, where it comes before this one.
    ///   - responds: Whether the job has a step respond.
    static func make(
        _ name: String, _ value: YAMLValue, in settings: PipelineSettings, index: IndexSettings?,
        responds: Bool
    ) throws -> Maker {
        switch name {
        case "validate":
            try none(value)
            return { ValidateStep($0) }
        case "features":
            try none(value)
            return { FeaturesStep($0) }
        case "train":
            let (configuration, ranker) = try training(value)
            do {
                try configuration.validate()
            } catch {
                throw value.error(error.message)
            }
            do {
                try ranker.validate()
            } catch {
                throw value.error("ranker: \(error.message)")
            }
            guard configuration.impressionNegatives == 0 || settings.protocol != .leaveOneOut else {
                throw value.error(
                    "\"impression_negatives\" is set, but the protocol leaves one positive out",
                    hint: "Measure with protocol: time_split, or leave impressions out.")
            }
            guard configuration.impressionNegatives == 0 || settings.impressionLength > 0 else {
                throw value.error(
                    "\"impression_negatives\" is set, but \"settings.impression_length\" is 0",
                    hint: "Say how many impressions of a user are read.")
            }
            return { settings in
                var configuration = configuration
                // Another protocol than the file's may do without them.
                if settings.impressionLength == 0 { configuration.impressionNegatives = 0 }
                return TrainStep(settings, configuration: configuration, ranker: ranker)
            }
        case "evaluate":
            let (evaluation, gate) = try evaluation(value)
            return { EvaluateStep($0, evaluation: evaluation, gate: gate) }
        case "embed":
            let embeddings = try own(value, over: EmbeddingSettings())
            try embeddings.check(value)
            return { EmbedStep($0, embeddings: embeddings) }
        case "index":
            let settings = try self.index(value)
            return { IndexStep($0, index: settings) }
        case "retrieve":
            var (similarCount, breaker) = (50, SourceBreakerSettings())
            if !value.isNull {
                try value.mapping {
                    similarCount = try $0.value("similar_items", in: 1...1000, default: 50)
                    breaker.failureLimit = try $0.value(
                        "source_failures", in: 1...1000, default: breaker.failureLimit)
                    breaker.retryDays = try $0.value(
                        "source_retry_days", in: 1...1000, default: breaker.retryDays)
                }
            }
            return { [similarCount, breaker] in
                RetrieveStep($0, similarCount: similarCount, index: index, breaker: breaker)
            }
        case "rank":
            let (minutes, wait) =
                try value.isNull
                ? (nil, 3)
                : value.mapping {
                    (
                        try $0.optional("budget_minutes", as: Double.self),
                        try $0.value("longest_wait_days", in: 1...3_650, default: 3)
                    )
                }
            guard (minutes ?? 0) >= 0 && (minutes ?? 0) <= 10_000 else {
                throw value.error("\"steps.rank.budget_minutes\" must lie between 0 and 10000")
            }
            return {
                RankStep($0, budget: minutes.map { .seconds($0 * 60) }, longestWaitDays: wait)
            }
        case "publish":
            let (kept, candidates) =
                try value.isNull
                ? (30, 2)
                : value.mapping {
                    (
                        try $0.value("keep_publications", in: 1...100_000, default: 30),
                        try $0.value("keep_candidates", in: 1...100_000, default: 2)
                    )
                }
            return { _ in
                PublishStep(
                    keepPublications: kept, keepCandidates: candidates, isJudgedFirst: responds)
            }
        case "monitor":
            try none(value)
            return { MonitorStep($0) }
        case "respond":
            try none(value)
            return { _ in RespondStep() }
        default: preconditionFailure("step \(name) has a name and no maker")
        }
    }

    static func training(
        _ value: YAMLValue
    ) throws -> (towers: TwoTowerConfiguration, ranker: RankerConfiguration) {
        guard !value.isNull else { return (TwoTowerConfiguration(), .nightly) }
        return try value.mapping { mapping in
            let ranker = try mapping.optionalMapping("ranker") {
                try $0.settings(over: RankerConfiguration.nightly)
            }
            return (try mapping.settings(over: TwoTowerConfiguration()), ranker ?? .nightly)
        }
    }

    static func evaluation(
        _ value: YAMLValue
    ) throws -> (settings: EvaluationSettings, gate: PromotionGate) {
        guard !value.isNull else { return (EvaluationSettings(), PromotionGate()) }
        let (evaluation, gate) = try value.mapping { mapping in
            let gate = try mapping.optionalMapping("gate") {
                try $0.settings(over: PromotionGate())
            }
            return (
                try mapping.settings(over: EvaluationSettings()), gate ?? PromotionGate()
            )
        }
        try evaluation.check(value)
        try gate.check(value, listLength: evaluation.listLength)
        return (evaluation, gate)
    }

    static func index(_ value: YAMLValue) throws -> IndexSettings {
        let index = try own(value, over: IndexSettings())
        try index.check(value)
        return index
    }

    /// A step without settings of its own: nothing, or an empty mapping.
    private static func none(_ value: YAMLValue) throws {
        if !value.isNull { try value.mapping { _ in } }
    }

    private static func own<Settings: Codable>(
        _ value: YAMLValue, over defaults: Settings
    ) throws -> Settings {
        try value.isNull ? defaults : value.mapping { try $0.settings(over: defaults) }
    }
}

extension PipelineSettings {
    /// Brings the settings that depend on one another together.
    fileprivate mutating func agree(_ mapping: YAMLMapping) throws {
        let wantsNumbers = mapping.member("item_numbers") != nil && itemNumbers == .daily
        guard self.protocol != .leaveOneOut || !wantsNumbers else {
            throw mapping.error(
                at: "item_numbers", "\"item_numbers\" cannot be daily where one is left out",
                hint: "Write none, or leave the key out.")
        }
        self = under(self.protocol)
    }

    /// Refuses values that make no sense, by name.
    fileprivate func check(_ mapping: YAMLMapping) throws {
        let ranges: [(String, Int, ClosedRange<Int>)] = [
            ("history_days", historyDays, 1...36_500),
            ("history_length", historyLength, 1...100_000),
            ("impression_length", impressionLength, 0...100_000),
            ("snapshot_days", snapshotDays, 1...3_650),
            ("prior_strength", priorStrength, 1...1_000_000),
            ("popularity_days", popularityDays, 1...3_650),
            ("holdout_days", holdoutDays, 1...3_650),
            ("neighbour_history", neighbourHistory, 1...1_000),
            ("neighbour_count", neighbourCount, 1...1_000),
            ("ranker_days", rankerDays, 0...3_650),
            ("second_stage_candidates", secondStageCandidates, 1...10_000),
            ("list_length", listLength, 1...10_000),
            ("fallback_length", fallbackLength, 1...100_000),
            ("threads", threads, 0...1_024),
        ]
        for (name, value, range) in ranges where !range.contains(value) {
            throw mapping.error(
                "\"settings.\(name)\" must lie between \(range.lowerBound) and \(range.upperBound)")
        }
        // Below 1, so that there is always a place for the newest.
        guard historyStrongestShare >= 0 && historyStrongestShare <= 0.9 else {
            throw mapping.error(
                "\"settings.history_strongest_share\" must lie between 0 and 0.9")
        }
        guard checkpointMinutes >= 0 && checkpointMinutes <= 10_000 else {
            throw mapping.error("\"settings.checkpoint_minutes\" must lie between 0 and 10000")
        }
        for encoder in contentEncoders where ContentEncoder(encoder) == nil {
            throw mapping.error(
                "\"settings.content_encoders\" has a name without a modality",
                hint: "Write modality/encoder, such as image/clip.")
        }
        if positiveActions.isEmpty {
            throw mapping.error(
                "\"settings.positive_actions\" names no action",
                hint: "select action_name from source.actions lists them.")
        }
        for task in rankerTasks where !RankerTasks.names.contains(task) {
            throw mapping.error(
                "\"settings.ranker_tasks\" has a name that is no task",
                hint: "Tasks are \(RankerTasks.names.joined(separator: ", ")).")
        }
        guard Set(rankerTasks).count == rankerTasks.count else {
            throw mapping.error("\"settings.ranker_tasks\" names a task twice")
        }
        guard !models.isEmpty, Set(models).count == models.count, !models.contains(.base) else {
            throw mapping.error(
                "\"settings.models\" must name evaluation, serving or both, once each")
        }
    }
}

extension EvaluationSettings {
    /// Refuses values that make no sense, by name.
    fileprivate func check(_ value: YAMLValue) throws {
        let ranges: [(String, Int, ClosedRange<Int>)] = [
            ("minimum_positives", minimumPositives, 0...1_000_000),
            ("recall_cutoff", recallCutoff, 1...10_000),
            ("ranking_cutoff", rankingCutoff, 1...10_000),
            ("bootstrap_replicates", bootstrapReplicates, 1...1_000_000),
        ]
        for (name, number, range) in ranges where !range.contains(number) {
            throw value.error(
                "\"steps.evaluate.\(name)\" must lie between \(range.lowerBound) and "
                    + "\(range.upperBound)")
        }
    }
}

extension EmbeddingSettings {
    /// Refuses values that make no sense, by name.
    fileprivate func check(_ value: YAMLValue) throws {
        guard (0...1_000_000).contains(recallSample) else {
            throw value.error("\"steps.embed.recall_sample\" must lie between 0 and 1000000")
        }
    }
}

extension IndexSettings {
    /// Refuses values that make no sense, by name.
    fileprivate func check(_ value: YAMLValue) throws {
        let counts: [(String, Int, ClosedRange<Int>)] = [
            ("list_count", listCount, 0...1_000_000),
            ("part_count", partCount, 0...65_536),
            ("minimum_list_length", minimumListLength, 1...1_000_000),
            ("recall_sample", recallSample, 1...1_000_000),
            ("recall_cutoff", recallCutoff, 1...10_000),
        ]
        for (name, count, range) in counts where !range.contains(count) {
            throw value.error(
                "\"steps.index.\(name)\" must lie between \(range.lowerBound) and "
                    + "\(range.upperBound)")
        }
        let numbers: [(String, Double, ClosedRange<Double>)] = [
            ("recall_mean", recallMean, 0...1),
            ("recall_fifth_percentile", recallFifthPercentile, 0...1),
            ("largest_probe_share", largestProbeShare, 0...1),
            ("largest_moved_share", largestMovedShare, 0...1),
            ("largest_imbalance", largestImbalance, 1...1_000_000),
            ("largest_error_growth", largestErrorGrowth, 1...1_000_000),
            ("largest_item_growth", largestItemGrowth, 1...1_000_000),
        ]
        for (name, number, range) in numbers where !range.contains(number) {
            throw value.error(
                "\"steps.index.\(name)\" must lie between \(Int(range.lowerBound)) and "
                    + "\(Int(range.upperBound))")
        }
        guard partBits == 4 || partBits == 8 else {
            throw value.error("\"steps.index.part_bits\" must be 4 or 8")
        }
    }
}

extension PromotionGate {
    /// Refuses values that make no sense, by name.
    ///
    /// - Parameter listLength: Length of the lists that are judged.
    fileprivate func check(_ value: YAMLValue, listLength: Int) throws {
        let counts: [(String, Int, ClosedRange<Int>)] = [
            ("cutoff", cutoff, 0...listLength),
            ("minimum_users", minimumUsers, 0...1_000_000_000),
            ("cohort_minimum_users", cohortMinimumUsers, 0...1_000_000_000),
        ]
        for (name, number, range) in counts where !range.contains(number) {
            throw value.error(
                "\"steps.evaluate.gate.\(name)\" must lie between \(range.lowerBound) and "
                    + "\(range.upperBound)")
        }
        let shares: [(String, Double, ClosedRange<Double>)] = [
            ("largest_loss", largestLoss, 0...1),
            ("cohort_largest_loss", cohortLargestLoss, 0...1),
            ("largest_miscalibration", largestMiscalibration, 0...1_000),
        ]
        for (name, share, range) in shares where !range.contains(share) {
            throw value.error(
                "\"steps.evaluate.gate.\(name)\" must lie between \(Int(range.lowerBound)) and "
                    + "\(Int(range.upperBound))")
        }
    }
}
