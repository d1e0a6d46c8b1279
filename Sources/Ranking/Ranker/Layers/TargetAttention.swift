import LinearAlgebra
import NeuralNetwork

/// What of a history speaks for a candidate: attention with the candidate as query, as in deep interest
/// networks (Zhou et al., *Deep Interest Network for Click-Through Rate Prediction*, 2018).
///
/// With e the candidate's embedding, hⱼ that of the event of age j (0 for the newest), and a head's
/// width w, per head
///
///     q = e Q,  (kⱼ, vⱼ) = hⱼ (K, V),  pⱼ = exp(q·kⱼ / √w + bⱼ) / (exp(b) + Σ exp(q·kᵢ / √w + bᵢ))
///
/// and the output is Σ pⱼ vⱼ. Where the paper leaves weights without normalisation so that the
/// intensity of an interest stays visible, here the share that goes to nothing, exp(b), keeps it: a
/// candidate that nothing in the history speaks for gets a vector near 0. The biases bⱼ let the
/// newest events count for more. Keys and values are computed once a context.
struct TargetAttention: Sendable {
    let heads: Int
    let headWidth: Int
    let historyLength: Int
    let query: DenseLayer
    let keysAndValues: DenseLayer
    /// Where the biases start: a head's of nothing, then those of ages.
    private let biasOffset: Int

    init(embeddingWidth: Int, heads: Int, headWidth: Int, historyLength: Int, offset: Int) {
        self.heads = heads
        self.headWidth = headWidth
        self.historyLength = historyLength
        query = DenseLayer(
            name: "attention query", inputs: embeddingWidth, outputs: heads * headWidth,
            offset: offset, activation: .identity)
        keysAndValues = DenseLayer(
            name: "attention keys and values", inputs: embeddingWidth,
            outputs: 2 * heads * headWidth, offset: offset + query.parameterCount,
            activation: .identity)
        biasOffset = offset + query.parameterCount + keysAndValues.parameterCount
    }

    var width: Int { heads * headWidth }
    private var biasCount: Int { historyLength + 1 }
    var parameterCount: Int {
        query.parameterCount + keysAndValues.parameterCount + heads * biasCount
    }
    /// Names and places of the parameters.
    var parts: [(name: String, range: Range<Int>)] {
        [
            (query.name, query.range), (keysAndValues.name, keysAndValues.range),
            ("attention bias", biasOffset..<biasOffset + heads * biasCount),
        ]
    }

    func initialize(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        for layer in [query, keysAndValues] {
            (parameters + layer.offset).fillGlorot(
                inputs: layer.inputs, outputs: layer.outputs, using: &generator)
        }
    }

    /// Rows of one context, and its events, oldest first.
    struct Run {
        let rows: Range<Int>
        let events: Range<Int>
        /// Where the probabilities of its rows start: `heads` blocks of shape
        /// `[rows.count, events.count + 1]`, nothing first.
        let probabilities: Int
    }

    /// Writes the output of each row; queries, keys and values are there.
    ///
    /// - Parameters:
    ///   - queries: Shape `[rows, width]`.
    ///   - keysAndValues: Shape `[events, 2 width]`: keys of all heads, then values.
    ///   - output: Shape `[rows, width]`.
    func forward(
        _ runs: [Run], queries: MatrixView, keysAndValues: MatrixView,
        probabilities: UnsafeMutablePointer<Float>, output: MutableMatrixView,
        _ parameters: UnsafePointer<Float>, _ kernels: Kernels
    ) {
        let scale = 1 / Float(headWidth).squareRoot()
        for run in runs {
            let events = keysAndValues.rows(run.events)
            for head in 0..<heads {
                let columns = head * headWidth..<(head + 1) * headWidth
                let values = width + columns.lowerBound..<width + columns.upperBound
                let p = block(run, head, probabilities)
                let shares = p.columns(1..<p.columns)
                let bias = parameters + biasOffset + head * biasCount
                BLAS.multiply(
                    queries.rows(run.rows).columns(columns), events.columns(columns),
                    transposing: .second, factor: scale, into: shares)
                for row in 0..<p.rows {
                    let logits = p.row(row)
                    logits[0] = bias[0]
                    for event in 0..<run.events.count {
                        logits[1 + event] += bias[run.events.count - event]
                    }
                    _ = kernels.softmax(logits, p.columns)
                }
                BLAS.multiply(
                    shares.readOnly, events.columns(values),
                    into: output.rows(run.rows).columns(columns))
            }
        }
    }

    /// Writes the gradients of queries, keys and values, and adds that of the biases; probabilities
    /// become gradients.
    ///
    /// With g the gradient of the output, that of a logit is pⱼ (g·vⱼ − Σ pᵢ g·vᵢ), where nothing has the
    /// value 0.
    ///
    /// - Parameter scratch: Room for the longest run's `rows.count` × (`events.count` + 1) values.
    func backward(
        _ runs: [Run], queries: MatrixView, keysAndValues: MatrixView,
        probabilities: UnsafeMutablePointer<Float>, outputGradient: MatrixView,
        queryGradient: MutableMatrixView, keyAndValueGradient: MutableMatrixView,
        scratch: UnsafeMutablePointer<Float>, _ parameterGradient: UnsafeMutablePointer<Float>,
        _ kernels: Kernels
    ) {
        let scale = 1 / Float(headWidth).squareRoot()
        for run in runs {
            let events = keysAndValues.rows(run.events)
            let eventGradient = keyAndValueGradient.rows(run.events)
            for head in 0..<heads {
                let columns = head * headWidth..<(head + 1) * headWidth
                let values = width + columns.lowerBound..<width + columns.upperBound
                let p = block(run, head, probabilities)
                let shares = p.columns(1..<p.columns)
                let g = outputGradient.rows(run.rows).columns(columns)
                let dp = matrix(scratch, p.rows, p.columns)
                BLAS.multiply(
                    shares.readOnly, g, transposing: .first, into: eventGradient.columns(values))
                BLAS.multiply(
                    g, events.columns(values), transposing: .second,
                    into: dp.columns(1..<p.columns))
                let biasGradient = parameterGradient + biasOffset + head * biasCount
                for row in 0..<p.rows {
                    let (share, gradient) = (p.row(row), dp.row(row))
                    gradient[0] = 0
                    let mean = kernels.dot(share, gradient, p.columns)
                    for index in 0..<p.columns { share[index] *= gradient[index] - mean }
                    biasGradient[0] += share[0]
                    for event in 0..<run.events.count {
                        biasGradient[run.events.count - event] += share[1 + event]
                    }
                }
                BLAS.multiply(
                    shares.readOnly, events.columns(columns), factor: scale,
                    into: queryGradient.rows(run.rows).columns(columns))
                BLAS.multiply(
                    shares.readOnly, queries.rows(run.rows).columns(columns), transposing: .first,
                    factor: scale, into: eventGradient.columns(columns))
            }
        }
    }

    private func block(
        _ run: Run, _ head: Int, _ base: UnsafeMutablePointer<Float>
    ) -> MutableMatrixView {
        let (rows, columns) = (run.rows.count, run.events.count + 1)
        return matrix(base + run.probabilities + head * rows * columns, rows, columns)
    }
}
