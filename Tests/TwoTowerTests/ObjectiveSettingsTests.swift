import NeuralNetwork
import Testing

@testable import TwoTower

/// Settings of losses and negatives that make no sense are refused by name.
@Suite struct ObjectiveSettingsTests {
    private struct Case: Sendable {
        var name: String
        var rule: String
        var change: @Sendable (inout TwoTowerConfiguration) -> Void
    }

    private static let cases = [
        Case(name: "labelSmoothing", rule: "in 0 ..< 1") { $0.labelSmoothing = 1 },
        Case(name: "labelSmoothing", rule: "0 for another loss") {
            $0.labelSmoothing = 0.1
            $0.loss = .bpr
        },
        Case(name: "gbceCalibration", rule: "in 0 to 1") { $0.gbceCalibration = 1.5 },
        Case(name: "interaction", rule: "cosine for the cosine contrastive loss") {
            $0.loss = .cosineContrastive
        },
        Case(name: "usesItemBias", rule: "false for the cosine contrastive loss") {
            $0.loss = .cosineContrastive
            $0.interaction = .cosine
        },
        Case(name: "contrastiveMargin", rule: "in −1 ..< 1") { $0.contrastiveMargin = 1 },
        Case(name: "embeddingPenalty", rule: "0 for the cosine") {
            $0.embeddingPenalty = 0.1
            $0.interaction = .cosine
        },
        Case(name: "spreadWeight", rule: "0 or more, and finite") { $0.spreadWeight = .infinity },
        Case(name: "concentrationTemperature", rule: "positive") {
            $0.concentrationTemperature = 0
        },
        Case(name: "popularNegatives", rule: "0 or more") { $0.popularNegatives = -1 },
        Case(name: "queueLength", rule: "0 with the full catalogue") {
            $0.usesFullCatalogue = true
            $0.queueLength = 10
        },
        Case(name: "queueLength", rule: "positive for hard negatives") { $0.hardNegatives = 1 },
        Case(name: "queueStaleness", rule: "positive") { $0.queueStaleness = 0 },
        Case(name: "hardNegativeThreshold", rule: "in −1 ..< 1") { $0.hardNegativeThreshold = 1 },
        Case(name: "impressionWeight", rule: "1 for another loss than softmax") {
            $0.impressionWeight = 2
            $0.loss = .gbce
        },
        Case(name: "impressionWeight", rule: "other than 1 with the full catalogue") {
            $0.impressionNegatives = 2
            $0.usesFullCatalogue = true
        },
    ]

    @Test func whatMakesNoSenseIsRefusedByName() {
        for one in Self.cases {
            var configuration = TwoTowerConfiguration()
            one.change(&configuration)
            let error = #expect(throws: ModelError.self) { try configuration.validate() }
            #expect(error?.code == .invalidConfiguration)
            #expect(
                error?.message.hasPrefix("\(one.name) must be \(one.rule)") == true,
                "\(error?.message ?? "nothing")")
        }
    }

    @Test func whatTheDatasetLacksIsRefusedByName() throws {
        let (dataset, _) = try Worlds.checkerboard()
        let changes: [(String, (inout TwoTowerConfiguration) -> Void)] = [
            ("impressionNegatives", { $0.impressionNegatives = 1 }),
            ("creatorConcentrationWeight", { $0.creatorConcentrationWeight = 1 }),
            ("tagConcentrationWeight", { $0.tagConcentrationWeight = 1 }),
        ]
        for (name, change) in changes {
            var configuration = Worlds.configuration()
            change(&configuration)
            let error = #expect(throws: ModelError.self) {
                try TwoTowerTrainer.train(
                    dataset, configuration: configuration, seed: 1, threadCount: 1)
            }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.hasPrefix("\(name) is set, but the dataset has no") == true)
            #expect(error?.hint != nil)
        }
    }
}
