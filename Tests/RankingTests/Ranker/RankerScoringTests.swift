import Foundation
import LinearAlgebra
import Testing

@testable import NeuralNetwork
@testable import Ranking

@Suite struct RankerScoringTests {
    /// A ranker with random parameters, none of them 0.
    static func random(
        _ dataset: RankerDataset, _ configuration: RankerConfiguration = RankerWorlds.configuration
    ) throws -> Ranker {
        let training = try RankerTraining(dataset, configuration, seed: 3, threadCount: 1)
        let step = training.step
        var generator = SeededGenerator(seed: 8)
        for index in 0..<step.architecture.denseCount {
            step.updater.parameters.dense[index] += 0.3 * generator.gaussian()
        }
        return Ranker(
            architecture: step.architecture, parameters: step.snapshot(copying: true),
            loss: step.loss, standardisation: step.standardisation, seed: 3)
    }

    @Test func someRowsOfFeaturesAreThoseOfTheWhole() throws {
        let numbers = Matrix(rows: 4, columns: 1, elements: [1, 2, 3, 4])
        let features = try RankerFeatures(
            numbers: numbers, idOffsets: [0, 2, 2, 3, 3, 4, 6, 6, 7], ids: [5, 6, 7, 8, 9, 9, 4])
        let expected = try RankerFeatures(
            numbers: Matrix(rows: 2, columns: 1, elements: [2, 3]), idOffsets: [0, 1, 1, 2, 4],
            ids: [7, 8, 9, 9])
        #expect(features.rows(1..<3) == expected)
        #expect(features.rows(0..<4) == features)
        #expect(features.rows(2..<2).count == 0)
    }

    /// A candidate of a context with one event takes every weight once.
    @Test(arguments: [0, 1, 3], [0, 2])
    func theProductsTakeEveryWeight(crossLayers: Int, heads: Int) throws {
        var configuration = RankerWorlds.configuration
        configuration.crossLayers = crossLayers
        configuration.attentionHeads = heads
        let ranker = try Self.random(RankerWorlds.mixed(contexts: 3), configuration)
        let (experts, tasks) = (configuration.expertCount, ranker.schema.tasks.count)
        let first = experts * (configuration.expertHiddenWidth + tasks)
        var biases = first + experts * configuration.expertWidth
        biases += tasks * (configuration.headWidth + 2) + configuration.contentDimension
        biases += crossLayers * (configuration.crossRank + ranker.architecture.width)
        // Queries, keys and values; a bias for each age and for nothing.
        let width = heads * configuration.attentionWidth
        biases += 3 * width + heads * (configuration.historyLength + 1)
        let products = ranker.products(candidates: 1, contexts: 1, events: 1)
        // A query meets a key, a share a value.
        #expect(
            products.reduce(0) { $0 + $1.multiplications }
                == Double(ranker.architecture.denseCount - biases + 2 * width))
        // What is shared by the candidates of a context is taken once.
        let shared =
            ranker.architecture.context.width
            * (first + (crossLayers > 0 ? configuration.crossRank : 0))
        let two = ranker.products(candidates: 2, contexts: 1, events: 0)
        let one = ranker.products(candidates: 1, contexts: 1, events: 0)
        let sums = [one, two].map { $0.reduce(0) { $0 + $1.multiplications } }
        #expect(2 * sums[0] - sums[1] == Double(shared))
    }

    @Test(arguments: [0, 1, 3], [0, 2])
    func scoresAreThoseOfTheFormulas(crossLayers: Int, heads: Int) throws {
        let dataset = try RankerWorlds.mixed(contexts: 30)
        var configuration = RankerWorlds.configuration
        configuration.crossLayers = crossLayers
        configuration.attentionHeads = heads
        let ranker = try Self.random(dataset, configuration)
        let scores = try ranker.scores(of: dataset.inputs, threadCount: 2)
        let plain = PlainRanker(ranker: ranker, inputs: dataset.inputs)
        for context in 0..<dataset.inputs.contexts.count {
            let candidates =
                dataset.inputs.candidateOffsets[
                    context]..<dataset.inputs.candidateOffsets[
                    context + 1]
            for candidate in candidates {
                let logits = plain.logits(context: context, candidate: candidate)
                for (task, z) in logits.enumerated() {
                    let expected =
                        dataset.schema.tasks[task].kind == .binary
                        ? 1 / (1 + exp(-z)) : Double(ranker.loss.scales[task].unit) * exp(z)
                    let score = Double(scores[candidate, task])
                    #expect(abs(score - expected) < 1e-4 * max(1, expected))
                }
            }
        }
    }

    /// Many candidates of one context share what is its own; alone, each computes it again.
    @Test func sharingAContextChangesNothing() throws {
        var generator = SeededGenerator(seed: 2)
        let embeddings = Matrix.gaussian(rows: 50, columns: 3, deviation: 1, using: &generator)
        let count = 700
        let numbers = Matrix.gaussian(rows: count, columns: 3, deviation: 1, using: &generator)
        let ids = (0..<count * 2).map { _ in Int64(generator.index(below: 4)) }
        let items = (0..<count).map { _ in Int32(generator.index(below: 50)) }
        let history: [UInt32] = [3, 17, 40, 8, 21]
        func inputs(_ contexts: Int) throws -> RankerInputs {
            try RankerInputs(
                contexts: RankerFeatures(
                    numbers: Matrix(
                        rows: contexts, columns: 2,
                        elements: (0..<contexts).flatMap { _ in [1.5, -0.5] as [Float] }),
                    ids: [Int64](repeating: 2, count: contexts)),
                histories: IndexLists([[UInt32]](repeating: history, count: contexts)),
                candidateOffsets: contexts == 1 ? [0, count] : Array(0...count),
                candidates: RankerFeatures(numbers: numbers, ids: ids), candidateRows: items,
                embeddings: embeddings)
        }
        let ranker = try Self.random(RankerWorlds.mixed())
        let shared = try ranker.scores(of: inputs(1), threadCount: 1)
        let alone = try ranker.scores(of: inputs(count), threadCount: 1)
        for (one, other) in zip(shared.elements, alone.elements) {
            #expect(abs(one - other) <= 1e-4 * max(1, abs(other)))
        }
        #expect(try ranker.scores(of: inputs(1), threadCount: 3) == shared)
    }

    @Test func nothingToScoreIsNoScore() throws {
        let dataset = try RankerWorlds.mixed()
        let ranker = try Self.random(dataset)
        let none = try RankerInputs(
            contexts: RankerFeatures(numbers: Matrix(rows: 0, columns: 2)),
            histories: IndexLists([]), candidateOffsets: [0],
            candidates: RankerFeatures(numbers: Matrix(rows: 0, columns: 3)), candidateRows: [],
            embeddings: dataset.inputs.embeddings)
        #expect(try ranker.scores(of: none, threadCount: 2).rows == 0)
    }

    @Test func otherColumnsAreRefused() throws {
        let dataset = try RankerWorlds.mixed()
        let ranker = try Self.random(dataset)
        let (inputs, rows) = (dataset.inputs, dataset.inputs.candidateCount)
        let swapped = try RankerInputs(
            contexts: inputs.contexts, histories: inputs.histories,
            candidateOffsets: inputs.candidateOffsets,
            candidates: RankerFeatures(numbers: Matrix(rows: rows, columns: 1)),
            candidateRows: inputs.candidateRows, embeddings: inputs.embeddings)
        #expect(throws: ModelError.self) { try ranker.scores(of: swapped, threadCount: 1) }
        let narrow = try RankerInputs(
            contexts: inputs.contexts, histories: inputs.histories,
            candidateOffsets: inputs.candidateOffsets, candidates: inputs.candidates,
            candidateRows: inputs.candidateRows,
            embeddings: Matrix(rows: inputs.embeddings.rows, columns: 2))
        #expect(throws: ModelError.self) { try ranker.scores(of: narrow, threadCount: 1) }
    }

    @Test func bytesAreReadBackToTheLastBit() throws {
        let dataset = try RankerWorlds.mixed()
        let ranker = try Self.random(dataset)
        let bytes = ranker.encoded()
        let read = try Ranker(decoding: bytes)
        #expect(read == ranker)
        #expect(
            try read.scores(of: dataset.inputs, threadCount: 1)
                == ranker.scores(of: dataset.inputs, threadCount: 1))
    }

    /// Damage anywhere, and bytes of something else.
    @Test func brokenBytesAreRefused() throws {
        let bytes = try Self.random(RankerWorlds.mixed()).encoded()
        for position in [0, 8, 13, 40, bytes.count / 2, bytes.count - 1] {
            var damaged = bytes
            damaged[position] ^= 0x10
            #expect(throws: ModelError.self) { try Ranker(decoding: damaged) }
        }
        for count in [0, 11, 200, bytes.count - 1] {
            #expect(throws: ModelError.self) { try Ranker(decoding: Array(bytes.prefix(count))) }
        }
        #expect(throws: ModelError.self) { try Calibrator(decoding: bytes) }
    }
}
