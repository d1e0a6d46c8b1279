import LinearAlgebra
import Testing

@testable import TwoTower

/// Worlds with a known answer, learned with every encoder of histories.
@Suite struct PlantedEncoderTests {
    /// An encoder, and how it sees the order of events.
    struct Variant: CustomTestStringConvertible {
        var encoding: TwoTowerConfiguration.HistoryEncoding
        var order = TwoTowerConfiguration.EncoderOrder.age

        var testDescription: String { "\(encoding) \(order)" }

        static let all = [
            Variant(encoding: .mean), Variant(encoding: .recencyWeightedMean),
            Variant(encoding: .attentionPooling), Variant(encoding: .transformer),
            Variant(encoding: .transformer, order: .distance), Variant(encoding: .convolution),
            Variant(encoding: .recurrentUnit),
        ]
    }

    private func configuration(_ variant: Variant) -> TwoTowerConfiguration {
        var configuration = Worlds.configuration()
        configuration.historyEncoding = variant.encoding
        configuration.encoderOrder = variant.order
        configuration.userIdDimension = 0
        configuration.denseLearningRate = 0.01
        configuration.tableDeviation = 0.1
        configuration.hiddenDropout = 0
        configuration.itemIdDropout = 0
        configuration.historyDropout = 0
        configuration.encoderDropout = 0
        return configuration
    }

    private func scores(
        _ dataset: TwoTowerDataset, _ configuration: TwoTowerConfiguration
    ) throws -> Matrix {
        let model = try TwoTowerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2)
        let items = try model.embedItems(dataset.catalogue, threadCount: 1)
        return try model.embedUsers(
            dataset.sequences, catalogue: dataset.catalogue, threadCount: 1
        ).multiplied(byTransposeOf: items)
    }

    @Test(arguments: Variant.all)
    func theWithheldSquareOfACheckerboardIsFound(variant: Variant) throws {
        var configuration = Worlds.checkerboardConfiguration()
        configuration.historyEncoding = variant.encoding
        configuration.encoderOrder = variant.order
        configuration.encoderDropout = 0
        #expect(try Worlds.shareOfCheckerboardFound(configuration) >= 0.85)
    }

    /// What an encoder of sequences can tell and an even mean cannot: which event was the last.
    @Test(arguments: Variant.all)
    func onlyOneWhoSeesTheOrderKnowsTheAnswer(variant: Variant) throws {
        let (dataset, withheld) = try Worlds.questionsAndAnswers()
        var configuration = configuration(variant)
        configuration.embeddingDimension = 16
        configuration.itemIdDimension = 16
        configuration.historyLength = 9
        configuration.historyHalfLife = 1
        Sampling.fullCatalogue.set(&configuration)
        configuration.epochs = 30
        let scores = try scores(dataset, configuration)
        let asked = withheld.indices.filter { withheld[$0] != nil }
        let found = asked.filter { user in
            (0..<scores.columns).max { scores[user, $0] < scores[user, $1] }
                == Int(withheld[user]!)
        }
        let share = Double(found.count) / Double(asked.count)
        if variant.encoding == .mean {
            #expect(share < 0.5)
        } else {
            #expect(share > 0.9)
        }
    }
}
