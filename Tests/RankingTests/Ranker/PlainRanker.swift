import Foundation
import LinearAlgebra

@testable import NeuralNetwork
@testable import Ranking

/// A ranker as its formulas stand: one candidate at a time, in double precision, nothing shared.
struct PlainRanker {
    let ranker: Ranker
    let inputs: RankerInputs

    private var architecture: RankerArchitecture { ranker.architecture }
    private func parameter(_ index: Int) -> Double { Double(ranker.parameters.dense[index]) }

    private func dense(_ layer: DenseLayer, _ x: [Double]) -> [Double] {
        (0..<layer.outputs).map { column in
            let product = x.indices.reduce(0) {
                $0 + x[$1] * parameter(layer.offset + $1 * layer.outputs + column)
            }
            let y = product + parameter(layer.offset + layer.inputs * layer.outputs + column)
            return layer.activation == .rectifier ? max(y, 0) : y
        }
    }

    /// A layer over context and own columns, by the layout of `ContextLayer`.
    private func dense(
        name: String, _ u: [Double], _ own: [Double], outputs: Int, rectified: Bool
    ) -> [Double] {
        let range = architecture.parts.first { $0.name == name }!.range
        return (0..<outputs).map { column in
            var y = parameter(range.lowerBound + own.count * outputs + column)
            for index in own.indices {
                y += own[index] * parameter(range.lowerBound + index * outputs + column)
            }
            let context = range.lowerBound + (own.count + 1) * outputs
            for index in u.indices {
                y += u[index] * parameter(context + index * outputs + column)
            }
            return rectified ? max(y, 0) : y
        }
    }

    private func layer(_ name: String, _ inputs: Int, _ outputs: Int, rectified: Bool) -> DenseLayer
    {
        DenseLayer(
            name: name, inputs: inputs, outputs: outputs,
            offset: architecture.parts.first { $0.name == name }!.range.lowerBound,
            activation: rectified ? .rectifier : .identity)
    }

    private func side(
        _ row: Int, _ features: RankerFeatures, _ side: RankerSide, _ standard: Standardisation
    ) -> [Double] {
        var values: [Double] = []
        for (column, category) in side.columns.categories.enumerated() {
            let cell = row * side.columns.categories.count + column
            let ids = features.ids[features.idOffsets[cell]..<features.idOffsets[cell + 1]]
            let rows = ids.isEmpty ? [category.rows] : ids.map { Int(category.row(of: $0)) }
            let table = ranker.parameters.tables[side.tables.lowerBound + column].values
            let width = side.categoryDimension
            for index in 0..<width {
                values.append(
                    rows.reduce(0) { $0 + Double(table[$1 * width + index]) } / Double(rows.count))
            }
        }
        let numbers = features.numbers[row: row]
        for (index, number) in numbers.enumerated() {
            values.append(
                number.isNaN
                    ? 0
                    : Double(number - standard.means[index]) / Double(standard.deviations[index]))
        }
        return values + numbers.map { $0.isNaN ? 1 : 0 }
    }

    private func attended(_ context: Int, _ query: [Double]) -> [Double] {
        guard let attention = architecture.attention else { return [] }
        let configuration = ranker.configuration
        let q = dense(attention.query, query)
        let events = inputs.histories[context].suffix(configuration.historyLength).map { row in
            dense(attention.keysAndValues, inputs.embeddings[row: Int(row)].map(Double.init))
        }
        let bias = attention.parts.last!.range.lowerBound
        var output: [Double] = []
        for head in 0..<attention.heads {
            let columns = head * attention.headWidth..<(head + 1) * attention.headWidth
            let start = bias + head * (configuration.historyLength + 1)
            let weights = events.enumerated().map { index, event in
                let product = columns.reduce(0) { $0 + q[$1] * event[$1] }
                let age = events.count - 1 - index
                return exp(
                    product / Double(attention.headWidth).squareRoot() + parameter(start + 1 + age))
            }
            let total = exp(parameter(start)) + weights.reduce(0, +)
            for column in columns {
                output.append(
                    zip(weights, events).reduce(0) { $0 + $1.0 * $1.1[attention.width + column] }
                        / total)
            }
        }
        return output
    }

    /// The logits of one candidate.
    func logits(context: Int, candidate: Int) -> [Double] {
        let configuration = ranker.configuration
        let u = side(
            context, inputs.contexts, architecture.context, ranker.standardisation.context)
        var own = side(
            candidate, inputs.candidates, architecture.candidate, ranker.standardisation.candidate)
        let row = inputs.candidateRows[candidate]
        let embedding =
            row < 0
            ? [Double](repeating: 0, count: ranker.schema.embeddingWidth)
            : inputs.embeddings[row: Int(row)].map(Double.init)
        if let content = architecture.content {
            own += dense(content, embedding) + [row < 0 ? 0 : 1]
        }
        own += attended(context, embedding)
        let x0 = u + own
        var x = x0
        for index in 1..<max(configuration.crossLayers + 1, 1) {
            let inner =
                index == 1
                ? dense(
                    name: "cross layer 1 down", u, own, outputs: configuration.crossRank,
                    rectified: false)
                : dense(
                    layer(
                        "cross layer \(index) down", x.count, configuration.crossRank,
                        rectified: false), x)
            let factor = dense(
                layer("cross layer \(index) up", inner.count, x.count, rectified: false), inner)
            x = x.indices.map { x0[$0] * factor[$0] + x[$0] }
        }
        let wide = dense(architecture.wide, x)
        let (experts, hiddenWidth) = (configuration.expertCount, configuration.expertHiddenWidth)
        let hidden = dense(
            name: "experts layer 1", u, own, outputs: experts * hiddenWidth, rectified: true)
        let outputs = (0..<experts).map { expert in
            dense(
                layer(
                    "expert \(expert + 1) layer 2", hiddenWidth, configuration.expertWidth,
                    rectified: true),
                Array(hidden[expert * hiddenWidth..<(expert + 1) * hiddenWidth]))
        }
        let tasks = ranker.schema.tasks
        let gates = dense(
            name: "gates", u, own, outputs: experts * tasks.count, rectified: false
        ).map { exp($0) }
        return tasks.enumerated().map { task, description in
            let gate = gates[task * experts..<(task + 1) * experts]
            let total = gate.reduce(0, +)
            let mixture = (0..<configuration.expertWidth).map { column in
                zip(gate, outputs).reduce(0) { $0 + $1.0 / total * $1.1[column] }
            }
            let head = dense(
                layer(
                    "head of \(description.name) layer 1", mixture.count, configuration.headWidth,
                    rectified: true), mixture)
            return wide[task]
                + dense(
                    layer("head of \(description.name) layer 2", head.count, 1, rectified: false),
                    head)[0]
        }
    }
}
