import LinearAlgebra
import NeuralNetwork

/// Dilated causal convolutions with gated residuals, one layer on the other.
///
/// With taps t at the positions p − t δ of the sequence, zero before its start, a layer of dilation δ is
///
///     [a, b] = Σₜ x(p − t δ) Wₜ + c
///     y(p) = x(p) + D(tanh(a) σ(b))
///
/// the convolution of NextItNet (Yuan et al. 2019) with the gate of WaveNet (van den Oord et al.
/// 2016); D is dropout. A layer is computed only where a later one or a readout needs it: of one
/// readout a sequence, that is a small part of the positions.
package struct DilatedCausalConvolution: SequenceEncoder {
    /// The settings of convolutions.
    package struct Settings: Codable, Sendable, Equatable {
        /// Positions that a layer looks at, its own among them.
        package var taps = 3
        /// The distance between the positions that a layer looks at, layer by layer.
        package var dilations = [1, 2, 4, 8]

        /// The defaults: the newest 31 positions.
        package init() {}
    }

    package let width: Int
    package let settings: Settings

    /// - Precondition: One tap or more, one layer or more, dilations of 1 or more.
    package init(width: Int, settings: Settings) {
        precondition(
            width > 0 && settings.taps > 0 && !settings.dilations.isEmpty
                && settings.dilations.allSatisfy { $0 > 0 },
            "\(settings.taps) taps at dilations \(settings.dilations)")
        self.width = width
        self.settings = settings
    }

    var layerCount: Int { settings.dilations.count }
    private var layerSize: Int { (settings.taps * width + 1) * 2 * width }
    package var parameterCount: Int { layerCount * layerSize }

    /// Where the weights of a layer start, `[taps × width, 2 width]`, the position's own tap first.
    func weights(_ layer: Int) -> Int { layer * layerSize }
    /// Where the bias of a layer starts.
    func bias(_ layer: Int) -> Int { weights(layer) + settings.taps * width * 2 * width }

    package func initialize(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        let inputs = settings.taps * width
        for layer in 0..<layerCount {
            (parameters + weights(layer)).fillGaussian(
                inputs * 2 * width, deviation: (2 / Float(inputs + width)).squareRoot(),
                using: &generator)
            (parameters + bias(layer)).update(repeating: 0, count: 2 * width)
        }
    }

    package func workspaceSize(positions: Int, readouts: Int, longest: Int) -> Int {
        Workspace(self, positions: positions).count
    }

    /// Where a pass keeps its arrays. Level 0 are the events, level l + 1 what layer l returns.
    struct Workspace {
        /// The number of rows of each level.
        let rowCounts: Int
        /// The positions of each level's rows, ascending.
        let rows: [Int]
        /// For each tap of each row that a layer returns, the row of the level below, or −1.
        let sources: [Int]
        /// How many positions of its sequence come before each.
        let before: Int
        /// The row of each position in the level at hand.
        let rowOfPosition: Int
        /// Levels, `[rows, width]`.
        let levels: [Int]
        /// What `Kernels.gate` leaves, `[rows, 2 width]`.
        let gates: [Int]
        /// The rows that the taps of a row see, side by side, `[rows, taps × width]`.
        let unfolded: Int
        let unfoldedGradient: Int
        /// `[rows, width]`.
        let gated: Int
        /// `[rows, 2 width]`.
        let gateGradient: Int
        /// The gradients of a level and of the one below.
        let gradients: [Int]
        let count: Int

        init(_ encoder: DilatedCausalConvolution, positions: Int) {
            let (width, taps) = (encoder.width, encoder.settings.taps)
            let layers = 0..<encoder.layerCount
            let levelCount = layers.count + 1
            var layout = Layout.workspace()
            rowCounts = layout.take(levelCount)
            rows = (0..<levelCount).map { _ in layout.take(positions) }
            sources = layers.map { _ in layout.take(positions * taps) }
            before = layout.take(positions)
            rowOfPosition = layout.take(positions)
            levels = (0..<levelCount).map { _ in layout.take(positions * width) }
            gates = layers.map { _ in layout.take(positions * 2 * width) }
            unfolded = layout.take(positions * taps * width)
            unfoldedGradient = layout.take(positions * taps * width)
            gated = layout.take(positions * width)
            gateGradient = layout.take(positions * 2 * width)
            gradients = (0..<2).map { _ in layout.take(positions * width) }
            count = layout.count
        }
    }

    package func forward(
        _ sequences: PackedSequences, events: MatrixView, states: MutableMatrixView,
        parameters: UnsafePointer<Float>, workspace: UnsafeMutablePointer<Float>,
        dropout: SequenceDropout?, kernels: Kernels
    ) {
        sequences.withPointers { sequences in
            let place = Workspace(self, positions: sequences.positionCount)
            plan(sequences, place, workspace)
            let rowCounts = integers(workspace + place.rowCounts)
            let rows = integers(workspace + place.rows[0])
            let input = workspace + place.levels[0]
            for row in 0..<Int(rowCounts[0]) {
                (input + row * width).update(from: events.row(Int(rows[row])), count: width)
            }
            dropout?.apply(input, Int(rowCounts[0]) * width, place: 0, kernels)
            for layer in 0..<layerCount {
                let count = Int(rowCounts[layer + 1])
                let sources = integers(workspace + place.sources[layer])
                let below = workspace + place.levels[layer]
                let z = matrix(workspace + place.gates[layer], count, 2 * width)
                unfold(below, sources, count, into: workspace + place.unfolded)
                BLAS.multiply(
                    matrix(workspace + place.unfolded, count, settings.taps * width).readOnly,
                    matrix(parameters + weights(layer), settings.taps * width, 2 * width),
                    into: z)
                kernels.addBias(parameters + bias(layer), activation: .identity, to: z)
                let y = workspace + place.levels[layer + 1]
                kernels.gate(z.base, into: y, rows: count, width: width)
                dropout?.apply(y, count * width, place: layer + 1, kernels)
                for row in 0..<count {
                    let own = Int(sources[row * settings.taps])
                    kernels.axpy(1, below + own * width, y + row * width, width)
                }
            }
            let last = workspace + place.levels[layerCount]
            for readout in 0..<sequences.readoutCount {
                states.row(readout).update(from: last + readout * width, count: width)
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
            let place = Workspace(self, positions: sequences.positionCount)
            let rowCounts = integers(workspace + place.rowCounts)
            var (dy, dx) = (
                workspace + place.gradients[0], workspace + place.gradients[1]
            )
            for readout in 0..<sequences.readoutCount {
                (dy + readout * width).update(from: stateGradient.row(readout), count: width)
            }
            for layer in (0..<layerCount).reversed() {
                let count = Int(rowCounts[layer + 1])
                let sources = integers(workspace + place.sources[layer])
                let gated = workspace + place.gated
                gated.update(from: dy, count: count * width)
                dropout?.apply(gated, count * width, place: layer + 1, kernels)
                let dz = matrix(workspace + place.gateGradient, count, 2 * width)
                kernels.gateBackward(
                    workspace + place.gates[layer], yGradient: gated, into: dz.base, rows: count,
                    width: width)
                kernels.addColumnSums(dz.readOnly, to: parameterGradient + bias(layer))
                unfold(
                    workspace + place.levels[layer], sources, count,
                    into: workspace + place.unfolded)
                let inputs = settings.taps * width
                let unfoldedGradient = matrix(workspace + place.unfoldedGradient, count, inputs)
                BLAS.multiply(
                    matrix(workspace + place.unfolded, count, inputs).readOnly, dz.readOnly,
                    transposing: .first,
                    into: matrix(parameterGradient + weights(layer), inputs, 2 * width),
                    accumulating: true)
                BLAS.multiply(
                    dz.readOnly, matrix(parameters + weights(layer), inputs, 2 * width),
                    transposing: .second, into: unfoldedGradient)
                dx.update(repeating: 0, count: Int(rowCounts[layer]) * width)
                for row in 0..<count {
                    let own = Int(sources[row * settings.taps])
                    kernels.axpy(1, dy + row * width, dx + own * width, width)
                }
                fold(unfoldedGradient.base, sources, count, addingTo: dx, kernels)
                swap(&dx, &dy)
            }
            dropout?.apply(dy, Int(rowCounts[0]) * width, place: 0, kernels)
            for position in 0..<sequences.positionCount {
                eventGradient.row(position).update(repeating: 0, count: width)
            }
            let rows = integers(workspace + place.rows[0])
            for row in 0..<Int(rowCounts[0]) {
                eventGradient.row(Int(rows[row])).update(from: dy + row * width, count: width)
            }
        }
    }

    /// Puts the rows that the taps see side by side, zero before the start of a sequence.
    private func unfold(
        _ x: UnsafePointer<Float>, _ sources: UnsafePointer<Int32>, _ count: Int,
        into out: UnsafeMutablePointer<Float>
    ) {
        for tap in 0..<count * settings.taps {
            if sources[tap] < 0 {
                (out + tap * width).update(repeating: 0, count: width)
            } else {
                (out + tap * width).update(from: x + Int(sources[tap]) * width, count: width)
            }
        }
    }

    /// The transpose of `unfold`.
    private func fold(
        _ gradient: UnsafePointer<Float>, _ sources: UnsafePointer<Int32>, _ count: Int,
        addingTo x: UnsafeMutablePointer<Float>, _ kernels: Kernels
    ) {
        for tap in 0..<count * settings.taps where sources[tap] >= 0 {
            kernels.axpy(1, gradient + tap * width, x + Int(sources[tap]) * width, width)
        }
    }
}
