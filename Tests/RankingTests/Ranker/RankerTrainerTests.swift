import Foundation
import LinearAlgebra
import Testing

@testable import NeuralNetwork
@testable import Ranking

@Suite struct RankerTrainerTests {
    /// Many batches of several chunks, with dropped values and drawn negatives.
    @Test func theThreadCountDoesNotChangeABit() throws {
        let dataset = try RankerWorlds.mixed(contexts: 300)
        var configuration = RankerWorlds.configuration
        configuration.batchSize = 300
        configuration.epochs = 2
        configuration.hiddenDropout = 0.2
        configuration.negativeShare = 0.7
        configuration.gradientNormLimit = 0.5
        configuration.validationDays = 1
        let rankers = try [1, 2, 3].map {
            try RankerTrainer.train(
                dataset, configuration: configuration, seed: 9, threadCount: $0)
        }
        #expect(rankers[0] == rankers[1])
        #expect(rankers[0] == rankers[2])
        let other = try RankerTrainer.train(
            dataset, configuration: configuration, seed: 10, threadCount: 1)
        #expect(other.parameters != rankers[0].parameters)
    }

    @Test func aNewModelPredictsTheBaseRates() throws {
        let dataset = try RankerWorlds.mixed(contexts: 60)
        let training = try RankerTraining(
            dataset, RankerWorlds.configuration, seed: 1, threadCount: 1)
        let ranker = Ranker(
            architecture: training.step.architecture,
            parameters: training.step.snapshot(copying: true), loss: training.step.loss,
            standardisation: training.step.standardisation, seed: 1)
        let scores = try ranker.scores(of: dataset.inputs, threadCount: 1)
        for task in 0..<3 {
            let known = (0..<scores.rows).map { dataset.labels[$0, task] }.filter { !$0.isNaN }
            let mean = known.reduce(0, +) / Float(known.count)
            #expect(
                (0..<scores.rows).allSatisfy { abs(scores[$0, task] - mean) < 1e-4 * max(1, mean) })
        }
    }

    @Test func aParameterThatIsNoNumberIsNamed() throws {
        let dataset = try RankerWorlds.mixed(contexts: 60)
        let training = try RankerTraining(
            dataset, RankerWorlds.configuration, seed: 1, threadCount: 2)
        let gates = try #require(training.step.architecture.parts.first { $0.name == "gates" })
        training.step.updater.parameters.dense[gates.range.lowerBound] = .nan
        var generator = SeededGenerator(seed: 1)
        let examples = training.split.epoch(dataset, negativeShare: 1, using: &generator)
        let error = #expect(throws: ModelError.self) {
            try training.train(examples, 0..<examples.count, step: 1, rateShare: 1)
        }
        #expect(error?.code == .diverged)
        #expect(error?.message.contains("gates") == true)
    }

    @Test func ratesThatAreTooHighStopTheTraining() throws {
        let dataset = try RankerWorlds.mixed(contexts: 60)
        var configuration = RankerWorlds.configuration
        configuration.denseLearningRate = 1e30
        configuration.batchSize = 16
        let error = #expect(throws: ModelError.self) {
            try RankerTrainer.train(
                dataset, configuration: configuration, seed: 1, threadCount: 1)
        }
        #expect(error?.code == .diverged)
    }

    /// Labels that are nothing but noise are soon learned by heart: training stops, and the
    /// parameters are those of the best measurement.
    @Test func theBestParametersAreKept() throws {
        let dataset = try RankerWorlds.Planted(
            candidateNumbers: 20, contexts: 60
        ).dataset(seed: 3) { _, generator in [generator.uniform() < 0.3 ? 1 : 0] }
        var configuration = RankerWorlds.configuration
        configuration.epochs = 40
        configuration.batchSize = 64
        configuration.denseLearningRate = 0.02
        configuration.validationDays = 3
        var reports: [RankerProgress] = []
        let ranker = try RankerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2
        ) { reports.append($0) }
        let last = try #require(reports.last)
        let (best, newest) = (try #require(last.best), try #require(last.validation))
        #expect(last.epoch < configuration.epochs)
        #expect(newest.epoch == best.epoch + configuration.validationPatience)
        #expect(reports.compactMap(\.validation).allSatisfy { $0.loss >= best.loss })
        // No day of those held out was learned from.
        let split = try RankerSplit(dataset, validationDays: 3)
        #expect(split.validation.count == 3 * 60 / 10 * 8)
        #expect(split.training.allSatisfy { dataset.days[Int($0)] < 7 })
        // The ranker that is returned has the loss that was measured.
        let logits = ranker.logits(dataset.inputs, split.validation, threadCount: 1)
        let loss =
            zip(split.validation.rows, logits.elements).reduce(0) {
                let term = ranker.loss.term(0, $1.1, dataset.labels[Int($1.0), 0])!
                return $0 + term.loss * Double(ranker.loss.scales[0].lossScale)
            } / Double(split.validation.count)
        #expect(abs(loss - best.loss) < 1e-9)

        // As long on everything.
        var epochs = 0
        _ = try RankerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2,
            length: .share(Double(best.epoch) / Double(configuration.epochs))
        ) { progress in
            epochs = progress.epoch
            #expect(progress.validation == nil)
        }
        #expect(epochs == best.epoch)
    }

    @Test func whatProgressThrowsStopsTheTraining() throws {
        let dataset = try RankerWorlds.mixed()
        var calls = 0
        #expect(throws: CancellationError.self) {
            try RankerTrainer.train(
                dataset, configuration: RankerWorlds.configuration, seed: 1, threadCount: 1
            ) { _ in
                calls += 1
                throw CancellationError()
            }
        }
        #expect(calls == 1)
    }

    @Test func dataThatContradictsItselfIsRefused() throws {
        let dataset = try RankerWorlds.mixed()
        let (inputs, schema) = (dataset.inputs, dataset.schema)
        func refused(_ body: () throws -> Void) {
            let error = #expect(throws: ModelError.self) { try body() }
            #expect(error?.code == .invalidData)
        }
        refused {
            var labels = dataset.labels
            labels[0, 0] = 0.5
            _ = try RankerDataset(
                schema: schema, inputs: inputs, labels: labels, days: dataset.days)
        }
        refused {
            var labels = dataset.labels
            labels[0, 1] = -1
            _ = try RankerDataset(
                schema: schema, inputs: inputs, labels: labels, days: dataset.days)
        }
        refused {
            var labels = dataset.labels
            for row in 0..<labels.rows { labels[row, 2] = .nan }
            _ = try RankerDataset(
                schema: schema, inputs: inputs, labels: labels, days: dataset.days)
        }
        refused {
            _ = try RankerDataset(
                schema: schema, inputs: inputs, labels: dataset.labels, days: [1])
        }
        refused {
            _ = try RankerFeatures(numbers: Matrix(rows: 1, columns: 1, elements: [.infinity]))
        }
        refused { _ = try RankerFeatures(numbers: Matrix(rows: 2, columns: 0), ids: [1, 2, 3]) }
        refused {
            _ = try RankerInputs(
                contexts: inputs.contexts, histories: inputs.histories,
                candidateOffsets: inputs.candidateOffsets, candidates: inputs.candidates,
                candidateRows: inputs.candidateRows.map { _ in 99 }, embeddings: inputs.embeddings)
        }
        refused { _ = try RankerSplit(dataset, validationDays: 100) }
    }

    @Test func settingsWithoutSenseAreRefused() throws {
        let broken: [(inout RankerConfiguration) -> Void] = [
            { $0.crossRank = 0 }, { $0.negativeShare = 0 }, { $0.hiddenDropout = 1 },
            { $0.denseLearningRate = .nan }, { $0.epochs = 0 }, { $0.attentionHeads = -1 },
        ]
        for change in broken {
            var configuration = RankerConfiguration()
            change(&configuration)
            let error = #expect(throws: ModelError.self) { try configuration.validate() }
            #expect(error?.code == .invalidConfiguration)
        }
        let json = Data(#"{"crossLayers": 3}"#.utf8)
        #expect(try JSONDecoder().decode(RankerConfiguration.self, from: json).crossLayers == 3)
        #expect(throws: ModelError.self) {
            try JSONDecoder().decode(
                RankerConfiguration.self, from: Data(#"{"crossLayer": 3}"#.utf8))
        }
    }

    /// Every setting that differs from its default survives coding.
    @Test func settingsAreDecodedAsTheyWereEncoded() throws {
        let json = try JSONEncoder().encode(RankerConfiguration())
        var values = try #require(
            try JSONSerialization.jsonObject(with: json) as? [String: Any])
        for (name, value) in values {
            switch value {
            case let number as NSNumber: values[name] = number.doubleValue + 1
            default: values[name] = "cosine"
            }
        }
        let changed = try JSONDecoder().decode(
            RankerConfiguration.self, from: JSONSerialization.data(withJSONObject: values))
        let again = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(changed))
                as? [String: Any])
        for (name, value) in values {
            let isSame =
                (value as? NSNumber).map { $0 == again[name] as? NSNumber }
                ?? (value as? String == again[name] as? String)
            #expect(isSame, "\(name)")
        }
    }
}
