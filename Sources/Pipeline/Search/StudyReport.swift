public import Postgres
public import SQLCatalog
import TwoTower

/// What became of the trials of a study, best first.
public struct StudyReport {
    /// A trial on a rung.
    public struct Row {
        public var place: Int64
        public var trialName: String
        public var rung: Int32
        public var objective: Double?
        public var lower: Double?
        public var upper: Double?
        public var recall: Double?
        public var ndcg: Double?
        public var examplesPerSecond: Double?
        public var seconds: Double
        /// Why it could not be trained; nil when it could.
        public var errorMessage: String?
    }

    /// Name and cutoff of what the trials are compared by, such as `ndcg@20`.
    public var objective: String
    /// Lengths of the lists for recall and nDCG.
    public var recallCutoff: Int32
    public var ndcgCutoff: Int32
    /// How the trials were measured, in words.
    public var protocolSummary: String
    /// Users behind the measures.
    public var userCount: Int64
    /// Whether settings may be chosen by the figures: not where they are of the test.
    public var isForChoosing: Bool
    public var rows: [Row]
    /// Lines of YAML for `train:` in the job: where the best trial differs from the defaults. Empty
    /// where settings may not be chosen by the figures.
    public var bestSettings: [String] = []

    /// Reads the trials of a study that has been measured.
    public init(of study: Study, _ connection: Connection, _ catalog: SQLCatalog) throws {
        let found = try connection.query(
            try catalog.script("search/ranking").query(["study_name": Bind(study.name)]),
            as: (
                Int64, String, Int32, Double?, Double?, Double?, Double?, Double?, Double?, Double,
                String?
            ).self)
        rows = found.map { row in
            Row(
                place: row.0, trialName: row.1, rung: row.2, objective: row.3, lower: row.4,
                upper: row.5, recall: row.6, ndcg: row.7, examplesPerSecond: row.8,
                seconds: row.9, errorMessage: row.10)
        }
        objective = "\(study.objective.metric.rawValue)@\(study.objective.cutoff)"
        recallCutoff = Int32(study.evaluation.recallCutoff)
        ndcgCutoff = Int32(study.evaluation.rankingCutoff)
        isForChoosing = study.settings.heldOut == .validation
        let best = try connection.first(
            try catalog.script("search/best_trial").query(["study_name": Bind(study.name)]),
            as: (String, Int64, String).self)
        (protocolSummary, userCount) = (best?.0 ?? "", best?.1 ?? 0)
        if isForChoosing, let best {
            bestSettings = try JSONSettings(
                JSONSettings(text: best.2).decoded(as: TwoTowerConfiguration.self)
            ).differing(from: JSONSettings(TwoTowerConfiguration())).yamlLines
        }
    }
}
