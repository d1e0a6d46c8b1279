import LinearAlgebra
import NeuralNetwork

/// Attention pooling: a weighted mean of the events so far, with a learned query for each head that is
/// the same for every user and item.
///
/// A state is the concatenation over heads h of
///
///     Σⱼ aₕⱼ eⱼ Vₕ    with  aₕ = softmax over positions j so far of (eⱼ · uₕ + bias of the age of j)
///
/// where Vₕ has shape `[width, width / heads]`. It is multi-head attention with a seed vector in place of
/// queries (Lee et al. 2019, Set Transformer): of a query that is constant and a linear key only
/// their product uₕ is left. Events are pooled before they are multiplied with V, once for a
/// readout instead of once for an event.
///
/// With several interests each has queries of its own, and V is common to all: the self-attentive
/// extraction of ComiRec (Cen et al., KDD 2020), a readout of which has as many states.
package struct AttentionPooling: SequenceEncoder {
    /// The settings of attention pooling.
    package struct Settings: Codable, Sendable, Equatable {
        /// Heads of attention; a divisor of the width.
        package var heads = 2
        /// Ages of events, counted back from the position that is read, with a learned bias; greater
        /// ones share the last, and 0 leaves ages out.
        package var ages = 64
        /// States of a readout, each pooled by queries of its own.
        package var interests = 1

        /// The defaults.
        package init() {}
    }

    package let width: Int
    package let settings: Settings
    package let parameterCount: Int
    /// Where the queries start in the parameters, `[width, queryCount]`: those of an interest's heads
    /// after those of the interest before.
    let queries: Int
    /// Where V starts, `[width, width]`.
    let values: Int
    let ageBias: DistanceBias

    /// - Precondition: A width that the number of heads divides.
    package init(width: Int, settings: Settings) {
        precondition(
            settings.heads > 0 && settings.ages >= 0 && settings.interests > 0 && width > 0
                && width % settings.heads == 0,
            "\(settings.interests) × \(settings.heads) heads for a width of \(width)")
        self.width = width
        self.settings = settings
        var layout = Layout.parameters()
        let queryCount = settings.interests * settings.heads
        queries = layout.take(width * queryCount)
        values = layout.take(width * width)
        ageBias = DistanceBias(
            heads: queryCount, distances: settings.ages, parameters: &layout)
        parameterCount = layout.count
    }

    package var stateCount: Int { settings.interests }

    /// Heads of all interests.
    var queryCount: Int { settings.interests * settings.heads }

    /// Starts near the plain mean: V is the identity and queries are small.
    package func initialize(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        (parameters + queries).fillGaussian(
            width * queryCount, deviation: 0.1, using: &generator)
        (parameters + values).update(repeating: 0, count: width * width)
        for column in 0..<width { parameters[values + column * (width + 1)] = 1 }
        ageBias.initialize(parameters)
    }

    package func workspaceSize(positions: Int, readouts: Int, longest: Int) -> Int {
        Workspace(self, positions: positions, readouts: readouts, longest: longest).count
    }

    /// Where a pass keeps its arrays.
    private struct Workspace {
        /// Events after dropout, `[positions, width]`, and their gradient.
        let events: Int
        let eventGradient: Int
        /// e · u, `[positions, queryCount]`, and its gradient.
        let scores: Int
        let scoreGradient: Int
        /// For each query and readout, a row of weights.
        let probabilities: Int
        /// Events pooled by each query, `[readouts, queryCount, width]`, and their gradient.
        let pooled: Int
        let pooledGradient: Int
        /// How many positions each readout sees.
        let visible: Int
        /// The number 1, the query of every readout, and a place for its gradient.
        let query: Int
        let queryGradient: Int
        let ageBias: Int
        let ageBiasGradient: Int
        /// The gradient of the events of one sequence by one query, `[longest, width]`.
        let part: Int
        let attention: Int
        let count: Int

        init(_ encoder: AttentionPooling, positions: Int, readouts: Int, longest: Int) {
            let (width, queries) = (encoder.width, encoder.queryCount)
            var layout = Layout.workspace()
            events = layout.take(positions * width)
            eventGradient = layout.take(positions * width)
            scores = layout.take(positions * queries)
            scoreGradient = layout.take(positions * queries)
            probabilities = layout.take(
                queries * readouts * CausalAttention.paddedCount(longest))
            pooled = layout.take(readouts * queries * width)
            pooledGradient = layout.take(readouts * queries * width)
            visible = layout.take(readouts)
            query = layout.take(1)
            queryGradient = layout.take(1)
            let biases = encoder.ageBias.expandedCount(longest: longest)
            ageBias = layout.take(biases)
            ageBiasGradient = layout.take(biases)
            part = layout.take(longest * width)
            attention = layout.take(
                CausalAttention.scratchSize(
                    queryCount: longest, keyCount: longest, keyWidth: 1, valueWidth: width))
            count = layout.count
        }

        init(_ encoder: AttentionPooling, _ sequences: SequencePointers) {
            self.init(
                encoder, positions: sequences.positionCount, readouts: sequences.readoutCount,
                longest: sequences.longest)
        }
    }

    package func forward(
        _ sequences: PackedSequences, events: MatrixView, states: MutableMatrixView,
        parameters: UnsafePointer<Float>, workspace: UnsafeMutablePointer<Float>,
        dropout: SequenceDropout?, kernels: Kernels
    ) {
        sequences.withPointers { sequences in
            let place = Workspace(self, sequences)
            let x = matrix(workspace + place.events, sequences.positionCount, width)
            for position in 0..<x.rows {
                x.row(position).update(from: events.row(position), count: width)
            }
            dropout?.apply(x.base, x.rows * width, place: 0, kernels)
            BLAS.multiply(
                x.readOnly, matrix(parameters + queries, width, queryCount),
                into: matrix(workspace + place.scores, x.rows, queryCount))
            workspace[place.query] = 1
            sequences.writeVisible(integers(workspace + place.visible))
            ageBias.expand(
                parameters, into: workspace + place.ageBias, longest: sequences.longest)
            forEachQuery(sequences, workspace, place) { shape, from, query in
                kernels.attention(
                    shape, query: workspace + place.query, key: workspace + from.score,
                    value: workspace + from.event,
                    bias: ageBias.newest(
                        query, in: workspace + place.ageBias, longest: sequences.longest),
                    probabilities: workspace + from.probabilities,
                    output: workspace + place.pooled + from.pooled,
                    scratch: workspace + place.attention)
            }
            for head in 0..<settings.heads {
                let columns = columns(head)
                BLAS.multiply(
                    pooled(workspace + place.pooled, states.rows, head).readOnly,
                    matrix(parameters + values, width, width).columns(columns),
                    into: states.columns(columns))
            }
        }
    }

    package func backward(
        _ sequences: PackedSequences, events: MatrixView, states: MatrixView,
        stateGradient: MatrixView, eventGradient: MutableMatrixView,
        parameters: UnsafePointer<Float>, parameterGradient: UnsafeMutablePointer<Float>,
        workspace: UnsafeMutablePointer<Float>, dropout: SequenceDropout?, kernels: Kernels
    ) {
        sequences.withPointers { sequences in
            let place = Workspace(self, sequences)
            for head in 0..<settings.heads {
                let columns = columns(head)
                let gradient = stateGradient.columns(columns)
                BLAS.multiply(
                    pooled(workspace + place.pooled, gradient.rows, head).readOnly, gradient,
                    transposing: .first,
                    into: matrix(parameterGradient + values, width, width).columns(columns),
                    accumulating: true)
                BLAS.multiply(
                    gradient, matrix(parameters + values, width, width).columns(columns),
                    transposing: .second,
                    into: pooled(workspace + place.pooledGradient, gradient.rows, head))
            }
            let (longest, biases) = (sequences.longest, workspace + place.ageBiasGradient)
            biases.update(repeating: 0, count: ageBias.expandedCount(longest: longest))
            let x = matrix(workspace + place.events, sequences.positionCount, width).readOnly
            let dx = matrix(workspace + place.eventGradient, x.rows, width)
            dx.base.update(repeating: 0, count: x.rows * width)
            forEachQuery(sequences, workspace, place) { shape, from, query in
                kernels.attentionBackward(
                    shape, query: workspace + place.query, key: workspace + from.score,
                    value: workspace + from.event,
                    probabilities: workspace + from.probabilities,
                    outputGradient: workspace + place.pooledGradient + from.pooled,
                    queryGradient: workspace + place.queryGradient,
                    keyGradient: workspace + place.scoreGradient - place.scores + from.score,
                    valueGradient: workspace + place.part,
                    biasGradient: ageBias.newest(query, in: biases, longest: longest),
                    scratch: workspace + place.attention)
                kernels.axpy(
                    1, workspace + place.part, dx.base - place.events + from.event,
                    shape.keyCount * width)
            }
            ageBias.addGradient(biases, to: parameterGradient, longest: longest)
            let scoreGradient = matrix(
                workspace + place.scoreGradient, x.rows, queryCount
            ).readOnly
            BLAS.multiply(
                x, scoreGradient, transposing: .first,
                into: matrix(parameterGradient + queries, width, queryCount),
                accumulating: true)
            BLAS.multiply(
                scoreGradient, matrix(parameters + queries, width, queryCount),
                transposing: .second, into: dx, accumulating: true)
            dropout?.apply(dx.base, x.rows * width, place: 0, kernels)
            for position in 0..<x.rows {
                eventGradient.row(position).update(from: dx.row(position), count: width)
            }
        }
    }

    /// Where the operands of one query and sequence start in the workspace; `pooled` counts from its
    /// array.
    private struct QueryStart {
        let score: Int
        let event: Int
        let probabilities: Int
        let pooled: Int
    }

    @inline(__always)
    private func forEachQuery(
        _ sequences: SequencePointers, _ workspace: UnsafeMutablePointer<Float>,
        _ place: Workspace, _ body: (CausalAttention, QueryStart, _ query: Int) -> Void
    ) {
        let queries = queryCount
        let visible = integers(workspace + place.visible)
        let padded = CausalAttention.paddedCount(sequences.longest)
        for sequence in 0..<sequences.count {
            let positions = sequences.positions(sequence)
            let readouts = sequences.readouts(sequence)
            // Every query is the same one number: its rows are no distance apart.
            let shape = CausalAttention(
                visible: visible + readouts.lowerBound, queryCount: readouts.count,
                keyCount: positions.count, keyWidth: 1, valueWidth: width, queryStride: 0,
                keyStride: queries, valueStride: width, outputStride: queries * width, scale: 1)
            for query in 0..<queries {
                body(
                    shape,
                    QueryStart(
                        score: place.scores + positions.lowerBound * queries + query,
                        event: place.events + positions.lowerBound * width,
                        probabilities: place.probabilities
                            + (query * sequences.readoutCount + readouts.lowerBound) * padded,
                        pooled: (readouts.lowerBound * queries + query) * width), query)
            }
        }
    }

    /// The columns of a state that a head writes.
    private func columns(_ head: Int) -> Range<Int> {
        let headWidth = width / settings.heads
        return head * headWidth..<(head + 1) * headWidth
    }

    /// What one head of every interest pooled, or its gradient: a row for each state.
    private func pooled(
        _ base: UnsafeMutablePointer<Float>, _ states: Int, _ head: Int
    ) -> MutableMatrixView {
        MutableMatrixView(
            base: base + head * width, rows: states, columns: width,
            stride: settings.heads * width)
    }
}
