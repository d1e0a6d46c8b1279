import Testing

@testable import Ranking

@Suite struct RankingRuleTests {
    private func roundTrip<Rule: RankingRule>(_ rule: Rule) throws {
        try rule.validate()
        #expect(try Rule(parameters: rule.parameters) == rule)
    }

    @Test func parametersAreJSONInSnakeCase() throws {
        #expect(
            try HideMemory(hardDays: 14, start: 0.25, recoveryDays: 140).parameters
                == #"{"hard_days":14,"recovery_days":140,"start":0.25}"#)
        try roundTrip(OutOfNetwork())
        try roundTrip(PolicyDemotion(multipliers: ["low_quality": 0.25]))
        try roundTrip(FreshnessBoost())
        try roundTrip(ExposureCap())
        try roundTrip(Fatigue())
        try roundTrip(HideMemory())
        try roundTrip(CreatorSpacing())
        try roundTrip(CreatorCap())
        try roundTrip(MaximalMarginalRelevance())
        try roundTrip(DeterminantalPointProcess(similarity: .embeddings))
        try roundTrip(EpsilonExploration(slots: .init(places: [3, 9], sources: [7], seed: .max)))
        try roundTrip(ThompsonExploration())
    }

    @Test(
        "Parameters that cannot be read are named",
        arguments: [
            (#"{"decay": 0.5}"#, "floor"),
            (#"{"decay": 0.5, "floor": 0.1, "flor": 0.2}"#, "flor"),
            (#"{"decay": "much", "floor": 0.1}"#, "decay"),
            ("[]", "JSON object"), ("{", "JSON object"),
        ])
    func unreadable(json: String, named: String) {
        let error = #expect(throws: RankingRuleError.self) {
            try CreatorSpacing(parameters: json)
        }
        #expect(error?.code == .unreadableParameters)
        #expect(error?.hint.contains(named) == true)
    }

    @Test func aNestedParameterIsNamedToo() {
        let json = """
            {"epsilon": 0.1, "slots": {"places": [1], "sources": [], "pool_size": 5, "seed": 1, "x": 1}}
            """
        let error = #expect(throws: RankingRuleError.self) {
            try EpsilonExploration(parameters: json)
        }
        #expect(error?.hint.contains("slots.x") == true)
        let missing = #expect(throws: RankingRuleError.self) {
            try EpsilonExploration(
                parameters: #"{"epsilon": 0.1, "slots": {"places": [1], "sources": []}}"#)
        }
        #expect(missing?.hint.contains("pool_size") == true)
    }

    @Test(
        "Parameters out of range are refused",
        arguments: [
            OutOfNetwork(multiplier: 0), OutOfNetwork(multiplier: 1.5),
            PolicyDemotion(multipliers: ["a": 0]), FreshnessBoost(boost: -1),
            ExposureCap(largestShare: 0), ExposureCap(floor: 2),
            FreshnessBoost(halfLifeHours: 0), Fatigue(decay: 2), Fatigue(floor: 0),
            Fatigue(windowDays: 0), HideMemory(start: 0), HideMemory(recoveryDays: .nan),
            CreatorSpacing(decay: -0.1), CreatorSpacing(floor: 0), CreatorCap(limit: 0),
            MaximalMarginalRelevance(strength: 1), MaximalMarginalRelevance(window: 0),
            DeterminantalPointProcess(theta: 0.1), DeterminantalPointProcess(ridge: 0),
            EpsilonExploration(epsilon: 2), EpsilonExploration(slots: .init(places: [])),
            EpsilonExploration(slots: .init(places: [0])),
            EpsilonExploration(slots: .init(places: [2, 2])),
            ThompsonExploration(slots: .init(poolSize: 0)), ThompsonExploration(alpha: 0),
            ThompsonExploration(exposureLimit: 0), ThompsonExploration(samples: 1),
        ] as [any RankingRule])
    func outOfRange(rule: any RankingRule) {
        let error = #expect(throws: RankingRuleError.self) { try rule.validate() }
        #expect(error?.code == .invalidParameter)
    }

    @Test func rowsOfConfigurationMakeRules() throws {
        let rules = try RerankRules(rows: [
            ("creator_spacing", #"{"decay": 0.5, "floor": 0.25}"#),
            ("creator_cap", #"{"limit": 3}"#),
            ("mmr", #"{"strength": 0.5, "window": 4}"#),
            (
                "epsilon_exploration",
                """
                {"epsilon": 0.2, "slots": {"places": [15], "sources": [7], "pool_size": 9, "seed": 4}}
                """
            ),
        ])
        #expect(
            rules
                == RerankRules(
                    creatorSpacing: CreatorSpacing(), creatorCap: CreatorCap(limit: 3),
                    diversity: .marginalRelevance(.init(strength: 0.5, window: 4)),
                    exploration: .epsilon(
                        .init(
                            slots: .init(places: [15], sources: [7], poolSize: 9, seed: 4),
                            epsilon: 0.2))))
        #expect(try RerankRules(rows: []) == RerankRules())
    }

    @Test func rulesThatExcludeEachOtherAreRefused() throws {
        let mmr = ("mmr", try MaximalMarginalRelevance().parameters)
        let dpp = ("dpp", try DeterminantalPointProcess().parameters)
        let both = #expect(throws: RankingRuleError.self) { try RerankRules(rows: [mmr, dpp]) }
        #expect(both?.code == .conflictingRules)
        let other = #expect(throws: RankingRuleError.self) {
            try RerankRules(rows: [("spacing", "{}")])
        }
        #expect(other == .unknownRule)
    }
}
