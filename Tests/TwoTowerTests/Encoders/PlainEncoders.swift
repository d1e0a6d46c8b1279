import Foundation

@testable import TwoTower

extension EncoderVariant {
    /// The states of a run's readouts from plain loops, without dropout.
    func plainStates(_ run: EncoderRun) -> [Float]? {
        let width = run.encoder.width
        let offsets = run.sequences.offsets.map(Int.init)
        var rows: [[Double]] = []
        for (start, end) in zip(offsets, offsets.dropFirst()) {
            let events = (start..<end).map { position in
                run.events[position * width..<(position + 1) * width].map(Double.init)
            }
            guard let states = plainStates(run.encoder, run.parameters, events) else {
                return nil
            }
            rows += states
        }
        return run.sequences.readouts.flatMap { rows[Int($0)].map { Float($0) } }
    }

    private func plainStates(
        _ encoder: any SequenceEncoder, _ parameters: [Float], _ events: [[Double]]
    ) -> [[Double]]? {
        switch encoder {
        case let encoder as CausalTransformer:
            PlainTransformer(encoder, parameters: parameters).states(events)
        case let encoder as AttentionPooling:
            encoder.plainStates(parameters.map(Double.init), events)
        case let encoder as DilatedCausalConvolution:
            encoder.plainStates(parameters.map(Double.init), events)
        case let encoder as GatedRecurrentUnit:
            encoder.plainStates(parameters.map(Double.init), events)
        default: nil
        }
    }
}

extension AttentionPooling {
    /// The states of all positions of one sequence, in plain loops: a row has those of all interests.
    fileprivate func plainStates(
        _ parameters: [Double], _ events: [[Double]]
    ) -> [[Double]] {
        events.indices.map { position in
            (0..<settings.interests * width).map { place in
                let (interest, column) = place.quotientAndRemainder(dividingBy: width)
                let query = interest * settings.heads + column / (width / settings.heads)
                let weights = (0...position).map { j in
                    let age = min(position - j, settings.ages - 1)
                    let score = (0..<width).reduce(0.0) {
                        $0 + events[j][$1] * parameters[queries + $1 * queryCount + query]
                    }
                    let bias =
                        settings.ages == 0
                        ? 0 : parameters[ageBias.offset + query * settings.ages + age]
                    return exp(score + bias)
                }
                return (0..<width).reduce(0.0) { sum, i in
                    let pooled = (0...position).reduce(0.0) { $0 + weights[$1] * events[$1][i] }
                    return sum + pooled / weights.reduce(0, +)
                        * parameters[values + i * width + column]
                }
            }
        }
    }
}

extension DilatedCausalConvolution {
    /// The states of all positions of one sequence, in plain loops.
    fileprivate func plainStates(
        _ parameters: [Double], _ events: [[Double]]
    ) -> [[Double]] {
        var x = events
        for layer in 0..<layerCount {
            x = x.indices.map { position in
                let z = (0..<2 * width).map { column in
                    var sum = parameters[bias(layer) + column]
                    for tap in 0..<settings.taps {
                        let other = position - tap * settings.dilations[layer]
                        if other < 0 { continue }
                        for i in 0..<width {
                            let row = tap * width + i
                            sum +=
                                x[other][i] * parameters[weights(layer) + row * 2 * width + column]
                        }
                    }
                    return sum
                }
                return (0..<width).map {
                    x[position][$0] + tanh(z[$0]) / (1 + exp(-z[width + $0]))
                }
            }
        }
        return x
    }
}

extension GatedRecurrentUnit {
    /// The states of all positions of one sequence, in plain loops.
    fileprivate func plainStates(
        _ parameters: [Double], _ events: [[Double]]
    ) -> [[Double]] {
        func product(_ x: [Double], _ weights: Int, _ column: Int) -> Double {
            x.indices.reduce(0) { $0 + x[$1] * parameters[weights + $1 * 3 * width + column] }
        }
        func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
        var state = [Double](repeating: 0, count: width)
        return events.map { event in
            let a = (0..<3 * width).map {
                product(event, inputWeights, $0) + parameters[bias + $0]
            }
            let c = (0..<3 * width).map { product(state, recurrentWeights, $0) }
            state = (0..<width).map { i in
                let reset = sigmoid(a[i] + c[i])
                let update = sigmoid(a[width + i] + c[width + i])
                let content = tanh(a[2 * width + i] + reset * c[2 * width + i])
                return (1 - update) * content + update * state[i]
            }
            return state
        }
    }
}
