/// The rules of a re-ranker, each a row of configuration; what is nil is not enabled.
public struct RerankRules: Hashable, Sendable {
    /// The rule that spreads what items are about over a list.
    public enum Diversity: Hashable, Sendable {
        case marginalRelevance(MaximalMarginalRelevance)
        case determinantal(DeterminantalPointProcess)
    }

    /// The rule that fills slots by chance.
    public enum Exploration: Hashable, Sendable {
        case epsilon(EpsilonExploration)
        case thompson(ThompsonExploration)
    }

    public var creatorSpacing: CreatorSpacing?
    public var creatorCap: CreatorCap?
    public var diversity: Diversity?
    public var exploration: Exploration?

    public init(
        creatorSpacing: CreatorSpacing? = nil, creatorCap: CreatorCap? = nil,
        diversity: Diversity? = nil, exploration: Exploration? = nil
    ) {
        self.creatorSpacing = creatorSpacing
        self.creatorCap = creatorCap
        self.diversity = diversity
        self.exploration = exploration
    }

    /// The names of all rules.
    public static let names = [
        CreatorSpacing.name, CreatorCap.name, MaximalMarginalRelevance.name,
        DeterminantalPointProcess.name, EpsilonExploration.name, ThompsonExploration.name,
    ]

    /// The rules that leave a multiplier on each item of a list, in their order.
    public var multiplierNames: [String] {
        var names: [String] = []
        if creatorSpacing != nil { names.append(CreatorSpacing.name) }
        switch diversity {
        case .marginalRelevance: names.append(MaximalMarginalRelevance.name)
        case .determinantal: names.append(DeterminantalPointProcess.name)
        case nil: break
        }
        return names
    }

    /// Rules from rows of configuration.
    ///
    /// - Parameter rows: Name and parameters, as JSON, of each rule that is enabled.
    /// - Throws: `RankingRuleError`.
    public init(rows: [(name: String, parameters: String)]) throws {
        self.init()
        for (name, json) in rows {
            switch name {
            case CreatorSpacing.name:
                try Self.set(&creatorSpacing, CreatorSpacing(parameters: json), kind: "spacing")
            case CreatorCap.name:
                try Self.set(&creatorCap, CreatorCap(parameters: json), kind: "cap")
            case MaximalMarginalRelevance.name:
                try Self.set(
                    &diversity, .marginalRelevance(.init(parameters: json)), kind: "diversity")
            case DeterminantalPointProcess.name:
                try Self.set(
                    &diversity, .determinantal(.init(parameters: json)), kind: "diversity")
            case EpsilonExploration.name:
                try Self.set(&exploration, .epsilon(.init(parameters: json)), kind: "exploration")
            case ThompsonExploration.name:
                try Self.set(&exploration, .thompson(.init(parameters: json)), kind: "exploration")
            default:
                throw RankingRuleError.unknownRule
            }
        }
    }

    /// Throws `RankingRuleError` where a parameter is out of range or an item attribute is missing.
    func validate(with items: RerankItems) throws {
        if let creatorSpacing {
            try creatorSpacing.validate()
            try Self.need(items.creators, "creators", for: CreatorSpacing.name)
        }
        if let creatorCap {
            try creatorCap.validate()
            try Self.need(items.creators, "creators", for: CreatorCap.name)
        }
        switch diversity {
        case .marginalRelevance(let rule):
            try rule.validate()
            try Self.need(items.tags, "tags", for: MaximalMarginalRelevance.name)
        case .determinantal(let rule):
            try rule.validate()
            switch rule.similarity {
            case .tags: try Self.need(items.tags, "tags", for: DeterminantalPointProcess.name)
            case .embeddings:
                try Self.need(
                    items.directions, "embeddings", for: DeterminantalPointProcess.name)
            }
        case nil: break
        }
        switch exploration {
        case .epsilon(let rule): try rule.validate()
        case .thompson(let rule):
            try rule.validate()
            try Self.need(items.feedback, "feedback", for: ThompsonExploration.name)
        case nil: break
        }
    }

    private static func set<Rule>(_ place: inout Rule?, _ rule: Rule, kind: String) throws {
        guard place == nil else { throw RankingRuleError.conflictingRules(kind) }
        place = rule
    }

    private static func need(_ attribute: Any?, _ what: String, for rule: String) throws {
        guard attribute != nil else {
            throw RankingRuleError.missingAttribute(what, for: rule)
        }
    }
}

extension RerankRules.Exploration {
    /// Where and among what it explores.
    var slots: ExplorationSlots {
        switch self {
        case .epsilon(let rule): rule.slots
        case .thompson(let rule): rule.slots
        }
    }
}
