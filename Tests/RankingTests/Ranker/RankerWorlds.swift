import Foundation
import LinearAlgebra

@testable import Ranking

/// Small datasets whose truth is known.
enum RankerWorlds {
    /// Every kind of input and task, with gaps: contexts without history or candidates, missing numbers,
    /// ids and labels, candidates without embedding.
    static func mixed(
        contexts: Int = 14, seed: UInt64 = 1, hasEmbeddings: Bool = true
    ) throws -> RankerDataset {
        var generator = SeededGenerator(seed: seed)
        let schema = RankerSchema(
            context: RankerColumns(
                numbers: ["age", "activity"],
                categories: [RankerCategory(name: "country", rows: 3)]),
            candidate: RankerColumns(
                numbers: ["score", "popularity", "freshness"],
                categories: [
                    RankerCategory(name: "creator", rows: 4),
                    RankerCategory(name: "tags", rows: 5, isHashed: true),
                ]),
            embeddingWidth: hasEmbeddings ? 3 : 0,
            tasks: [
                RankerTask(name: "click"), RankerTask(name: "watch", kind: .duration, weight: 0.7),
                RankerTask(name: "hide", weight: 2),
            ])
        func numbers(_ rows: Int, _ columns: Int) -> Matrix {
            Matrix(
                rows: rows, columns: columns,
                elements: (0..<rows * columns).map { _ in
                    generator.uniform() < 0.15 ? .nan : 3 + 2 * generator.gaussian()
                })
        }
        func features(_ rows: Int, _ numberCount: Int, _ categories: Int) throws -> RankerFeatures {
            var offsets = [0]
            var ids: [Int64] = []
            for _ in 0..<rows * categories {
                // Some lists are empty, and some ids beyond the vocabularies.
                for _ in 0..<generator.index(below: 3) {
                    ids.append(Int64(generator.index(below: 6)))
                }
                offsets.append(ids.count)
            }
            return try RankerFeatures(
                numbers: numbers(rows, numberCount), idOffsets: offsets, ids: ids)
        }
        var offsets = [0]
        for context in 0..<contexts { offsets.append(offsets[context] + context % 5) }
        let rows = offsets[contexts]
        let embeddings = Matrix.gaussian(
            rows: 9, columns: hasEmbeddings ? 3 : 0, deviation: 1, using: &generator)
        let histories = IndexLists(
            (0..<contexts).map { context in
                (0..<context % 4 * 2).map { _ in UInt32(generator.index(below: 9)) }
            })
        let labels = Matrix(
            rows: rows, columns: 3,
            elements: (0..<rows * 3).map { index in
                if generator.uniform() < 0.2 { return .nan }
                return index % 3 == 1
                    ? 20 * generator.uniform() : (generator.uniform() < 0.4 ? 1 : 0)
            })
        return try RankerDataset(
            schema: schema,
            inputs: RankerInputs(
                contexts: features(contexts, 2, 1), histories: histories,
                candidateOffsets: offsets, candidates: features(rows, 3, 2),
                candidateRows: (0..<rows).map { _ in Int32(generator.index(below: 10)) - 1 },
                embeddings: embeddings),
            labels: labels, days: (0..<contexts).map { Int32($0 * 4 / contexts) })
    }

    /// A small network, fast to train and to check.
    static var configuration: RankerConfiguration {
        var configuration = RankerConfiguration()
        configuration.categoryDimension = 3
        configuration.contentDimension = 2
        configuration.attentionHeads = 2
        configuration.attentionWidth = 2
        configuration.historyLength = 4
        configuration.crossRank = 3
        configuration.expertCount = 3
        configuration.expertHiddenWidth = 5
        configuration.expertWidth = 4
        configuration.headWidth = 3
        configuration.warmUpBatches = 5
        configuration.hiddenDropout = 0
        configuration.denseDecay = 0.01
        configuration.tableDecay = 0
        return configuration
    }

    /// Contexts with candidates whose labels a closure tells from the features.
    struct Planted {
        var contextNumbers = 0
        var candidateNumbers = 0
        var categoryRows: [Int] = []
        var contexts = 600
        var candidates = 8
        var tasks = [RankerTask(name: "click")]
        /// Embeddings, and how many events a history has.
        var embeddings = Matrix(rows: 0, columns: 0)
        var historyLength = 0

        /// One candidate as a truth sees it.
        struct Row {
            let context: ArraySlice<Float>
            let numbers: ArraySlice<Float>
            let ids: ArraySlice<Int64>
            let history: ArraySlice<UInt32>
            let item: Int32
        }

        func dataset(
            seed: UInt64, truth: (Row, inout SeededGenerator) -> [Float]
        ) throws -> RankerDataset {
            var generator = SeededGenerator(seed: seed)
            func gaussian(_ rows: Int, _ columns: Int) -> Matrix {
                Matrix.gaussian(rows: rows, columns: columns, deviation: 1, using: &generator)
            }
            let rows = contexts * candidates
            let contextNumbers = gaussian(contexts, contextNumbers)
            let numbers = gaussian(rows, candidateNumbers)
            var ids: [Int64] = []
            for _ in 0..<rows {
                for count in categoryRows { ids.append(Int64(generator.index(below: count))) }
            }
            let histories = IndexLists(
                (0..<contexts).map { _ in
                    (0..<historyLength).map { _ in UInt32(generator.index(below: embeddings.rows)) }
                })
            let items = (0..<rows).map { _ in
                embeddings.rows == 0 ? Int32(-1) : Int32(generator.index(below: embeddings.rows))
            }
            let inputs = try RankerInputs(
                contexts: RankerFeatures(numbers: contextNumbers), histories: histories,
                candidateOffsets: (0...contexts).map { $0 * candidates },
                candidates: RankerFeatures(numbers: numbers, ids: ids), candidateRows: items,
                embeddings: embeddings)
            var labels: [Float] = []
            for row in 0..<rows {
                let context = row / candidates
                let own = row * categoryRows.count..<(row + 1) * categoryRows.count
                let features = Row(
                    context: contextNumbers[row: context], numbers: numbers[row: row],
                    ids: ids[own], history: histories[context], item: items[row])
                labels += truth(features, &generator)
            }
            return try RankerDataset(
                schema: RankerSchema(
                    context: RankerColumns(
                        numbers: (0..<contextNumbers.columns).map { "context \($0)" }),
                    candidate: RankerColumns(
                        numbers: (0..<candidateNumbers).map { "candidate \($0)" },
                        categories: categoryRows.enumerated().map {
                            RankerCategory(name: "category \($0.offset)", rows: $0.element)
                        }),
                    embeddingWidth: embeddings.columns, tasks: tasks),
                inputs: inputs,
                labels: Matrix(rows: rows, columns: tasks.count, elements: labels),
                days: (0..<contexts).map { Int32($0 * 10 / contexts) })
        }
    }

    static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
}
