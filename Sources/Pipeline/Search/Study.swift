import Evaluation
public import Jobs
import TwoTower

/// A search for settings: which configurations are trained, on what they are measured, and by what
/// they are compared. Rows of `model.trials` keep what became of them.
public struct Study: Sendable {
    /// The name under which its trials are kept.
    public let name: String
    public let summary: String
    /// The whole of its file and of the file of its job, as JSON.
    let parameters: String
    /// Settings of the job, with the part that is measured on.
    let settings: PipelineSettings
    let evaluation: EvaluationSettings
    /// What trials are laid over.
    let base: TwoTowerConfiguration
    let objective: Objective
    /// In order, with names of their own.
    let trials: [Trial]
    let rungs: [Rung]

    /// Whether the best trials are trained again, longer.
    public var hasRounds: Bool { rungs.count > 1 }

    /// A job that builds what the study reads, and searches.
    public func makeJob() -> Job {
        Job(
            name: "search \(name)", steps: [FeaturesStep(settings), SearchStep(self)],
            parameters: parameters)
    }

    /// What every trial of the study has in common, as JSON.
    func basis() throws -> String {
        var common = settings
        // Results do not depend on it.
        common.threads = 0
        return JSONValue.object([
            "settings": try JSONSettings(common).value,
            "evaluation": try JSONSettings(evaluation).value,
            "objective": .text(objective.metric.rawValue),
        ]).text
    }
}

/// What trials are compared by; the larger the better.
struct Objective: Equatable, Sendable {
    /// Measures of a ranking of which more is better.
    enum Metric: String, CaseIterable, Sendable {
        case recall
        case hitRate = "hit_rate"
        case ndcg
        case reciprocalRank = "mrr"
        case averagePrecision = "map"
    }

    var metric: Metric
    /// Ranks that count.
    var cutoff: Int

    /// The metric as the evaluation names it.
    var rankingMetric: RankingMetric {
        switch metric {
        case .recall: .recall(at: cutoff)
        case .hitRate: .hitRate(at: cutoff)
        case .ndcg: .ndcg(at: cutoff)
        case .reciprocalRank: .reciprocalRank(at: cutoff)
        case .averagePrecision: .averagePrecision(at: cutoff)
        }
    }
}

extension Objective.Metric {
    /// The setting of the evaluation that says how many ranks count.
    var cutoffSetting: WritableKeyPath<EvaluationSettings, Int> {
        switch self {
        case .recall, .hitRate: \.recallCutoff
        case .ndcg, .reciprocalRank, .averagePrecision: \.rankingCutoff
        }
    }
}
