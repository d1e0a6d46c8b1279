import LinearAlgebra
import NeuralNetwork
import Testing

@testable import Ranking

@Suite struct FirstStageTests {
    private func inputs(_ planted: RankerWorlds.Planted, seed: UInt64) throws -> RankerInputs {
        try planted.dataset(seed: seed) { _, _ in [0] }.inputs
    }

    /// A second stage that multiplies two features: what it keeps of another draw is nearly all within
    /// what the first stage passes on.
    @Test func itKeepsWhatTheSecondStageWould() throws {
        let planted = RankerWorlds.Planted(
            contextNumbers: 1, candidateNumbers: 2, contexts: 300, candidates: 40)
        let columns = (
            context: RankerColumns(numbers: ["taste"]),
            candidate: RankerColumns(numbers: ["affinity", "quality"])
        )
        func values(_ inputs: RankerInputs) -> [Float] {
            (0..<inputs.candidateCount).map { row in
                let numbers = inputs.candidates.numbers
                return numbers[row, 0] + inputs.contexts.numbers[row / 40, 0] * numbers[row, 1]
            }
        }
        let training = try inputs(planted, seed: 1)
        let dataset = try FirstStage.dataset(
            context: columns.context, candidate: columns.candidate, inputs: training,
            values: values(training), keeping: 5, days: (0..<300).map { _ in 0 })
        #expect(dataset.labels.elements.reduce(0, +) == 300 * 5)
        var configuration = FirstStage.configuration
        configuration.batchSize = 256
        configuration.epochs = 8
        configuration.denseLearningRate = 0.005
        configuration.tableLearningRate = 0.02
        configuration.denseDecay = 0.01
        let stage = try RankerTrainer.train(
            dataset, configuration: configuration, seed: 1, threadCount: 2)

        let test = try inputs(planted, seed: 2)
        let (scores, truth) = (try stage.scores(of: test, threadCount: 2), values(test))
        var kept = 0
        for context in 0..<300 {
            let rows = context * 40..<(context + 1) * 40
            let passed = Set(rows.sorted { scores[$0, 0] > scores[$1, 0] }.prefix(10))
            kept += rows.sorted { truth[$0] > truth[$1] }.prefix(5).count { passed.contains($0) }
        }
        #expect(kept > 300 * 5 * 95 / 100)
    }

    @Test func equalValuesKeepThoseThatComeFirst() throws {
        let planted = RankerWorlds.Planted(candidateNumbers: 1, contexts: 2, candidates: 4)
        let inputs = try inputs(planted, seed: 1)
        let dataset = try FirstStage.dataset(
            context: RankerColumns(), candidate: RankerColumns(numbers: ["score"]),
            inputs: inputs, values: [1, 1, 1, 1, 0, 3, 3, 2], keeping: 2, days: [0, 0])
        #expect(dataset.labels.elements == [1, 1, 0, 0, 0, 1, 1, 0])
        #expect(throws: ModelError.self) {
            try FirstStage.dataset(
                context: RankerColumns(), candidate: RankerColumns(numbers: ["score"]),
                inputs: inputs, values: [1, 1, .nan, 1, 0, 3, 3, 2], keeping: 2, days: [0, 0])
        }
    }

    @Test func theKeptShareIsThatOfTheSecondStagesBest() {
        // Of the best two by value, 0 and 2, the first stage lets through one and then both.
        let scores: [[Float]] = [[3, 2, 1, 0], [0, 1, 2, 3]]
        let values: [[Float]] = [[9, 1, 8, 0], [9, 1, 8, 0]]
        #expect(FirstStage.keptShare(scores: scores, values: values, keeping: 2, passing: 2) == 0.5)
        #expect(
            FirstStage.keptShare(scores: scores, values: values, keeping: 2, passing: 3) == 0.75)
        #expect(FirstStage.keptShare(scores: scores, values: values, keeping: 2, passing: 4) == 1)
        // Of equal scores the first.
        #expect(
            FirstStage.keptShare(
                scores: [[1, 1, 1]], values: [[0, 1, 2]], keeping: 1, passing: 2) == 0)
        #expect(FirstStage.keptShare(scores: [[]], values: [[]], keeping: 1, passing: 1) == 1)
    }
}
