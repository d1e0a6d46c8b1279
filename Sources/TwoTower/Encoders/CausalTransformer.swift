import LinearAlgebra
import NeuralNetwork

/// A causal Transformer over packed sequences: pre-norm blocks of multi-head self-attention and a
/// feed-forward layer, and a last normalisation.
///
/// The design of SASRec (Kang, McAuley 2018) with the normalisation before each part (Xiong et al.
/// 2020). With LN layer normalisation and D dropout, a block is
///
///     m = x + D(attention(LN(x)) Wₒ)
///     y = m + D(activation(LN(m) W₁ + b₁) W₂ + b₂)
///
/// Queries, keys and values have no bias of their own: that of the normalisation before them
/// gives one. The last block computes keys and values of all positions and everything else of the
/// readouts alone, which saves most of it when few positions are read.
package struct CausalTransformer: SequenceEncoder {
    /// What the feed-forward layer applies to its hidden values.
    package enum Activation: String, Codable, Sendable {
        /// max(x, 0).
        case rectifier
        /// GELU (Hendrycks, Gimpel 2016).
        case gelu
    }

    /// How the order of events enters.
    package enum Order: String, Codable, Sendable {
        /// A learned vector for each age is added to the event's.
        case age
        /// A learned number for each distance and head is added to the attention score (as in T5,
        /// Raffel et al. 2020, one a distance and one table a block).
        case distance
    }

    /// The settings of a Transformer.
    package struct Settings: Codable, Sendable, Equatable {
        /// Blocks of attention and feed-forward layer.
        package var blocks = 2
        /// Heads of attention; a divisor of the width.
        package var heads = 2
        /// Width of the hidden feed-forward layer, as a multiple of the width.
        package var hiddenMultiple = 1
        /// The activation of the hidden feed-forward layer.
        package var activation = Activation.gelu
        /// How the order of events enters.
        package var order = Order.age
        /// Ages or distances that are told apart; greater ones count as the greatest.
        package var orders = 64

        /// The defaults.
        package init() {}
    }

    package let width: Int
    package let settings: Settings
    let blocks: [TransformerBlock]
    package let parameterCount: Int
    /// Where the vectors of ages start in the parameters.
    let agesOffset: Int
    /// Where gain and bias of the last normalisation start.
    let normOffset: Int

    /// Multiplies event vectors, which tables keep small (Vaswani et al. 2017).
    var eventFactor: Float { Float(width).squareRoot() }

    /// - Precondition: One block or more, and a width that the number of heads divides.
    package init(width: Int, settings: Settings) {
        precondition(
            settings.blocks > 0 && settings.heads > 0 && settings.hiddenMultiple > 0
                && settings.orders > 0 && width > 0 && width % settings.heads == 0,
            "\(settings.blocks) blocks of \(settings.heads) heads for a width of \(width)")
        self.width = width
        self.settings = settings
        var layout = Layout.parameters()
        agesOffset = layout.take(settings.order == .age ? settings.orders * width : 0)
        blocks = (0..<settings.blocks).map {
            TransformerBlock(
                index: $0, width: width, settings: settings, parameters: &layout)
        }
        normOffset = layout.take(2 * width)
        parameterCount = layout.count
    }

    package func initialize(
        _ parameters: UnsafeMutablePointer<Float>, using generator: inout SeededGenerator
    ) {
        if settings.order == .age {
            (parameters + agesOffset).fillGaussian(
                settings.orders * width, deviation: 0.02, using: &generator)
        }
        for block in blocks { block.initialize(parameters, using: &generator) }
        (parameters + normOffset).update(repeating: 1, count: width)
        (parameters + normOffset + width).update(repeating: 0, count: width)
    }

    package func workspaceSize(positions: Int, readouts: Int, longest: Int) -> Int {
        TransformerWorkspace(
            self, positions: positions, readouts: readouts, longest: longest
        ).count
    }
}

/// Where a Transformer keeps what lies between its forward and its backward pass.
struct TransformerWorkspace {
    /// Event vectors with their ages, the input of the first block, `[positions, width]`.
    let input: Int
    /// Mean and inverse deviation of the last normalisation, `[readouts, 2]`.
    let moments: Int
    let blocks: [TransformerBlock.Activations]
    let scratch: TransformerBlock.Scratch
    /// Floats of the whole.
    let count: Int

    init(_ encoder: CausalTransformer, positions: Int, readouts: Int, longest: Int) {
        var layout = Layout.workspace()
        input = layout.take(positions * encoder.width)
        moments = layout.take(readouts * 2)
        blocks = encoder.blocks.map {
            TransformerBlock.Activations(
                $0, positions: positions, readouts: readouts, longest: longest, in: &layout)
        }
        scratch = TransformerBlock.Scratch(
            encoder.blocks[0], positions: positions, readouts: readouts, longest: longest,
            in: &layout)
        count = layout.count
    }
}

/// One pass of a Transformer over one chunk.
struct TransformerPass {
    let sequences: SequencePointers
    let workspace: UnsafeMutablePointer<Float>
    let layout: TransformerWorkspace
    let parameters: UnsafePointer<Float>
    let dropout: SequenceDropout?
    let kernels: Kernels
}

extension CausalTransformer {
    package func forward(
        _ sequences: PackedSequences, events: MatrixView, states: MutableMatrixView,
        parameters: UnsafePointer<Float>, workspace: UnsafeMutablePointer<Float>,
        dropout: SequenceDropout?, kernels: Kernels
    ) {
        sequences.withPointers { sequences in
            let pass = pass(sequences, parameters, workspace, dropout, kernels)
            let input = workspace + pass.layout.input
            for position in 0..<sequences.positionCount {
                let x = input + position * width
                x.update(from: events.row(position), count: width)
                kernels.scale(eventFactor, x, width)
                if settings.order == .age {
                    kernels.axpy(1, parameters + ages(sequences.ages[position]), x, width)
                }
            }
            dropout?.apply(input, sequences.positionCount * width, place: 0, kernels)
            var output = UnsafePointer(input)
            for block in blocks {
                block.forward(pass, input: output)
                output = UnsafePointer(workspace + pass.layout.blocks[block.index].output)
            }
            kernels.layerNorm(
                matrix(output, sequences.readoutCount, width), gain: parameters + normOffset,
                bias: parameters + normOffset + width, into: states,
                moments: workspace + pass.layout.moments)
        }
    }

    package func backward(
        _ sequences: PackedSequences, events: MatrixView, states: MatrixView,
        stateGradient: MatrixView, eventGradient: MutableMatrixView,
        parameters: UnsafePointer<Float>, parameterGradient: UnsafeMutablePointer<Float>,
        workspace: UnsafeMutablePointer<Float>, dropout: SequenceDropout?, kernels: Kernels
    ) {
        sequences.withPointers { sequences in
            let pass = pass(sequences, parameters, workspace, dropout, kernels)
            let scratch = pass.layout.scratch
            let readGradient = workspace + scratch.readGradient
            let gradient = workspace + scratch.gradient
            readGradient.update(repeating: 0, count: sequences.readoutCount * width)
            let last = workspace + pass.layout.blocks[blocks.count - 1].output
            kernels.layerNormBackward(
                matrix(UnsafePointer(last), sequences.readoutCount, width),
                gain: parameters + normOffset, moments: workspace + pass.layout.moments,
                yGradient: stateGradient, xGradient: readGradient,
                gainGradient: parameterGradient + normOffset,
                biasGradient: parameterGradient + normOffset + width)
            for block in blocks.reversed() {
                let input =
                    block.index == 0
                    ? pass.layout.input : pass.layout.blocks[block.index - 1].output
                block.backward(pass, input: workspace + input, parameterGradient)
            }
            dropout?.apply(gradient, sequences.positionCount * width, place: 0, kernels)
            for position in 0..<sequences.positionCount {
                let x = gradient + position * width
                if settings.order == .age {
                    kernels.axpy(
                        1, x, parameterGradient + ages(sequences.ages[position]), width)
                }
                kernels.scale(eventFactor, x, width)
                eventGradient.row(position).update(from: x, count: width)
            }
        }
    }

    private func pass(
        _ sequences: SequencePointers, _ parameters: UnsafePointer<Float>,
        _ workspace: UnsafeMutablePointer<Float>, _ dropout: SequenceDropout?, _ kernels: Kernels
    ) -> TransformerPass {
        TransformerPass(
            sequences: sequences, workspace: workspace,
            layout: TransformerWorkspace(
                self, positions: sequences.positionCount, readouts: sequences.readoutCount,
                longest: sequences.longest),
            parameters: parameters, dropout: dropout, kernels: kernels)
    }

    /// Where the vector of an age starts in the parameters.
    private func ages(_ age: Int32) -> Int {
        agesOffset + min(Int(age), settings.orders - 1) * width
    }
}
