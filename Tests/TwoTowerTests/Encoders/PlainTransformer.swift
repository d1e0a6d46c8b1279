import Foundation

@testable import TwoTower

/// A causal Transformer in plain loops of double precision, one sequence after the other and every
/// position in full: what the packed one is compared with.
struct PlainTransformer {
    let encoder: CausalTransformer
    let parameters: [Double]

    typealias Rows = [[Double]]

    init(_ encoder: CausalTransformer, parameters: [Float]) {
        self.encoder = encoder
        self.parameters = parameters.map(Double.init)
    }

    /// The states of all positions of one sequence.
    func states(_ events: Rows) -> Rows {
        let width = encoder.width
        var x = events.enumerated().map { position, event in
            let age = min(events.count - 1 - position, encoder.settings.orders - 1)
            return (0..<width).map { column in
                event[column] * Double(width).squareRoot()
                    + (encoder.settings.order == .age
                        ? parameters[encoder.agesOffset + age * width + column] : 0)
            }
        }
        for block in encoder.blocks { x = apply(block, x) }
        return x.map { normalised($0, encoder.normOffset) }
    }

    private func apply(_ block: TransformerBlock, _ x: Rows) -> Rows {
        let width = block.width
        let normal = x.map { normalised($0, block.attentionNorm) }
        let queries = normal.map { product($0, block.queryWeights, width) }
        let keyValues = normal.map { product($0, block.keyValueWeights, 2 * width) }
        var result = x
        for position in x.indices {
            var attended = [Double](repeating: 0, count: width)
            for head in 0..<block.heads {
                let columns = head * block.headWidth..<(head + 1) * block.headWidth
                let scores = (0...position).map { other in
                    columns.reduce(0) { $0 + queries[position][$1] * keyValues[other][$1] }
                        / Double(block.headWidth).squareRoot() + bias(block, head, position - other)
                }
                let weights = scores.map { exp($0 - scores.max()!) }
                for column in columns {
                    attended[column] =
                        (0...position).reduce(0) {
                            $0 + weights[$1] * keyValues[$1][width + column]
                        } / weights.reduce(0, +)
                }
            }
            let middle = sum(x[position], product(attended, block.outputWeights, width))
            let hidden = sum(
                product(normalised(middle, block.forwardNorm), block.expandWeights, block.hidden),
                parameters[block.expandBias..<block.expandBias + block.hidden]
            ).map(block.activation.apply)
            result[position] = sum(
                sum(middle, product(hidden, block.contractWeights, width)),
                parameters[block.contractBias..<block.contractBias + width])
        }
        return result
    }

    private func bias(_ block: TransformerBlock, _ head: Int, _ distance: Int) -> Double {
        let bias = block.distanceBias
        if bias.distances == 0 { return 0 }
        return parameters[
            bias.offset + head * bias.distances + min(distance, bias.distances - 1)]
    }

    private func normalised(_ x: [Double], _ offset: Int) -> [Double] {
        let mean = x.reduce(0, +) / Double(x.count)
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
        return x.indices.map {
            (x[$0] - mean) / (variance + 1e-5).squareRoot() * parameters[offset + $0]
                + parameters[offset + x.count + $0]
        }
    }

    private func product(_ x: [Double], _ weights: Int, _ columns: Int) -> [Double] {
        (0..<columns).map { column in
            x.indices.reduce(0) { $0 + x[$1] * parameters[weights + $1 * columns + column] }
        }
    }

    private func sum(_ a: [Double], _ b: some Collection<Double>) -> [Double] {
        zip(a, b).map { $0 + $1 }
    }
}

extension CausalTransformer.Activation {
    fileprivate func apply(_ x: Double) -> Double {
        switch self {
        case .rectifier: max(x, 0)
        case .gelu: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        }
    }
}
